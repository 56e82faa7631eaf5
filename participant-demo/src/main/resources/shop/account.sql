-- balance includes the frozen amount; balance - frozen can be spent.
create table if not exists account (
  id text primary key,
  opening_cents bigint not null,
  balance bigint not null,
  frozen bigint not null default 0 check (frozen between 0 and balance)
);
-- amount > 0: frozen, will be paid. amount < 0: announced, will be received.
create table if not exists frozen_record (
  id text primary key,
  gid text,
  branch text,
  account_id text not null references account,
  amount bigint not null check (amount <> 0),
  unique (gid, branch)
);
insert into account (id, opening_cents, balance) values
    ('alice', 100000, 100000), ('bob', 50000, 50000), ('carol', 500, 500), ('fees', 0, 0)
  on conflict do nothing;
