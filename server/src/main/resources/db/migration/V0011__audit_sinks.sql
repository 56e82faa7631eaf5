-- Up to where the audit's chains went to files and syslog servers.

create table audit_sink (
  sink text not null check (sink in ('file', 'syslog')),
  incarnation bigint not null,
  shipped bigint not null,
  primary key (sink, incarnation)
);
comment on table audit_sink is 'The last link of each chain that went to a sink; incarnation 0 says that the kind of sink was used before.';
