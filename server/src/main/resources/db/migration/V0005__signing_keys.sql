-- What coordinators of one database sign with, and nobody else needs to know.

create table signing_key (
  purpose text collate "C" not null,
  id smallint not null check (id > 0),
  secret bytea not null check (octet_length(secret) >= 32),
  created_at timestamptz not null default now(),
  primary key (purpose, id)
);
comment on table signing_key is 'All keys of a purpose are believed. The newest signs, once it is two minutes old.';

-- gen_random_uuid() draws from the operating system: 122 random bits each.
insert into signing_key (purpose, id, secret)
values ('join', 1, sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));
