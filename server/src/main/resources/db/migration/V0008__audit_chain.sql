-- A hash chain over the audit, of each incarnation its own. Entries are only ever inserted and pruned; links stand beside
-- them, so that nothing that chains an entry has to change it.

create table audit_link (
  incarnation bigint not null,
  seq bigint not null check (seq > 0),
  entry bigint not null unique,
  prev bytea not null,
  hash bytea not null,
  primary key (incarnation, seq)
);
comment on table audit_link is 'One entry of the audit in the chain of the incarnation that chained it. hash covers all of the entry, and prev.';

create index audit_entry_of_chains on audit_entry (act, before) where act in ('chain-closed', 'chain-pruned');
