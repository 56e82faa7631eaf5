create table if not exists shipment (
  tracking text primary key,
  gid text,
  branch text,
  order_id text not null,
  payment_id text not null,
  unique (gid, branch)
);
