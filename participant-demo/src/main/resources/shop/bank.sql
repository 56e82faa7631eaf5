-- opening_cents: the opening balance. Always: cents = opening_cents + the sum of its movements.
create table if not exists account (
  id text primary key,
  opening_cents bigint not null,
  cents bigint not null check (cents >= 0)
);
create table if not exists movement (
  id text primary key,
  gid text,
  branch text,
  account_id text not null references account,
  cents bigint not null check (cents <> 0),
  unique (gid, branch)
);
insert into account (id, opening_cents, cents) values ('alice', 100000, 100000), ('bob', 50000, 50000)
  on conflict do nothing;
