-- The relays that use transactional ids, one row for each id in use.
create table if not exists entente_kafka_slot (
  name text not null,
  slot integer not null,
  holder text not null,
  held_until timestamptz not null,
  primary key (name, slot)
);
