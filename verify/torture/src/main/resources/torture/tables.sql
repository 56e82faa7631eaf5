create table if not exists account (id text primary key, cents bigint not null);
-- The amounts that two-phase branches moved. Rows are only inserted, because a prepared transaction keeps the locks of
-- changed rows.
create table if not exists settled_entry (gid text not null, branch text not null, cents bigint not null);
create table if not exists set_aside (gid text not null, branch text not null, account text not null, cents bigint not null, primary key (gid, branch));
create table if not exists moved (gid text not null, branch text not null, account text not null, cents bigint not null, primary key (gid, branch));
-- One row per effect, committed with the effect. There is no unique constraint on gid, branch and op, so that a
-- duplicate effect is visible.
create table if not exists effect (
  number bigint generated always as identity primary key, at timestamptz not null default clock_timestamp(),
  gid text not null, branch text not null, op text not null, attempt integer not null, fence bigint not null, cents bigint not null, receipt text not null);
