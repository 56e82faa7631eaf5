-- One row per message that a consumer has taken, in the database that the consumer changes. Names are in UTF-8.
create table if not exists entente_inbox (
  consumer    varbinary(1024) not null,
  message_id  varbinary(2048) not null,
  received_at datetime(6)     not null comment 'UTC',
  primary key (consumer, message_id),
  key entente_inbox_received_at (received_at)
) engine = InnoDB;
