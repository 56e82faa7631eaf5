-- One row per message that a consumer has taken, in the database that the consumer changes.
create table if not exists entente_inbox (
  consumer    text        not null,
  message_id  text        not null,
  received_at timestamptz not null default now(),
  primary key (consumer, message_id)
);
create index if not exists entente_inbox_received_at on entente_inbox (received_at);
