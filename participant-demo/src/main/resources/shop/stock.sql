-- delivered: all pieces that ever arrived. While no transaction is open: delivered = on_hand + the confirmed
-- reservations, and reserved = the open reservations.
create table if not exists stock (
  sku text primary key,
  delivered integer not null,
  on_hand integer not null check (on_hand >= 0),
  reserved integer not null default 0 check (reserved between 0 and on_hand)
);
create table if not exists reservation (
  id text primary key,
  gid text,
  branch text,
  sku text not null references stock,
  quantity integer not null check (quantity > 0),
  state text not null check (state in ('RESERVED', 'CONFIRMED', 'RELEASED')),
  unique (gid, branch)
);
insert into stock (sku, delivered, on_hand) values ('A-1', 1000, 1000), ('A-2', 1000, 1000), ('B-1', 1, 1)
  on conflict do nothing;
