create table if not exists account (
  id text primary key,
  points bigint not null
);
create table if not exists entry (
  id text primary key,
  gid text,
  branch text,
  account_id text not null references account,
  points bigint not null,
  state text not null check (state in ('ADDED', 'TAKEN_BACK')),
  unique (gid, branch)
);
