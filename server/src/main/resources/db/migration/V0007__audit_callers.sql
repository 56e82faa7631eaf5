-- Where an audited call came from. Older coordinators leave both empty.

alter table audit_entry
  add column peer text not null default '',
  add column request_id text not null default '';
comment on column audit_entry.peer is 'The address that the call came from, without a port; empty where the row says it otherwise, or nothing came from outside.';
comment on column audit_entry.request_id is 'entente-request-id of the call, or one that the coordinator made.';
