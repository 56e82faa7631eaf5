-- opening_cents: the opening balance. Always: opening_cents = cents + the sum of the payments in state CHARGED.
create table if not exists account (
  id text primary key,
  opening_cents bigint not null,
  cents bigint not null check (cents >= 0)
);
create table if not exists payment (
  id text primary key,
  gid text,
  branch text,
  account_id text not null references account,
  cents bigint not null check (cents > 0),
  state text not null check (state in ('CHARGED', 'REFUNDED')),
  unique (gid, branch)
);
insert into account (id, opening_cents, cents) values ('alice', 100000, 100000), ('bob', 50000, 50000), ('carol', 500, 500)
  on conflict do nothing;
