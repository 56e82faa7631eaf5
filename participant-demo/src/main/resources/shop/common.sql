-- Each service's record of its effects, written in the business transaction: one row per effect. There is no unique
-- constraint on gid, branch and op, so that a duplicate effect is visible.
create table if not exists ledger (
  id bigint generated always as identity primary key,
  gid text,
  branch text,
  op text not null,
  method text not null,
  at timestamptz not null default clock_timestamp()
);
create index if not exists ledger_gid on ledger (gid);
