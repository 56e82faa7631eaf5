-- Acts that wait for a second person. A row leaves when it is confirmed, in the commit of the act, withdrawn, or expired.

create table act_request (
  id bigint generated always as identity primary key,
  act text collate "C" not null,
  gid text collate "C" not null,
  seen text not null,
  arguments bytea not null,
  actor text not null,
  reason text not null,
  asked_at timestamptz not null default now(),
  until_at timestamptz not null,
  unique (gid, act)
);
comment on column act_request.gid is 'The transaction; empty where the act concerns all that are parked for recovery.';
comment on column act_request.seen is 'What the act was asked for: the revision of the transaction; of a recovery, the database and how many it had parked.';
comment on column act_request.arguments is 'The request of the API''s method: entente.v1.ForceFinishRequest, ResolveBranchRequest or RecoverTransactionsRequest.';
