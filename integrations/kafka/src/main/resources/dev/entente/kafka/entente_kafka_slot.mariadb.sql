-- The relays that use transactional ids, one row for each id in use. Times are in UTC.
create table if not exists entente_kafka_slot (
  name       varchar(200) character set ascii collate ascii_bin not null,
  slot       integer      not null,
  holder     varchar(64)  character set ascii collate ascii_bin not null,
  held_until datetime(6)  not null,
  primary key (name, slot)
) engine = InnoDB;
