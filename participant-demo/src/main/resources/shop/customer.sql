create table if not exists customer (
  name text primary key,
  address text not null default '',
  version bigint not null default 1
);
