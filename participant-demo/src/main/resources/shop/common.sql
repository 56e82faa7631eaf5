-- Every service's own record of what it did, written in the business transaction: one row per effect. No key holds it unique, so that a
-- duplicate effect shows.
create table if not exists ledger (
  id bigint generated always as identity primary key,
  gid text,
  branch text,
  op text not null,
  method text not null,
  at timestamptz not null default clock_timestamp()
);
create index if not exists ledger_gid on ledger (gid);
