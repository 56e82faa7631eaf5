-- PENDING: written, and not processed yet; no other transaction changes the order. The final state is CREATED or
-- CANCELLED.
create table if not exists orders (
  id text primary key,
  gid text,
  branch text,
  account text not null,
  sku text not null,
  quantity integer not null check (quantity > 0),
  cents bigint not null check (cents >= 0),
  state text not null check (state in ('PENDING', 'CREATED', 'CANCELLED')),
  unique (gid, branch)
);
