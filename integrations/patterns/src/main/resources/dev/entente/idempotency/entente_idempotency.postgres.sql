-- One row per idempotency key, with its holder or with the stored response.
create table if not exists entente_idempotency (
  caller          text        not null,
  idempotency_key text        not null,
  digest          text        not null,
  owner           text        not null,
  answer          bytea,
  expires_at      timestamptz not null,
  primary key (caller, idempotency_key)
);
create index if not exists entente_idempotency_expires_at on entente_idempotency (expires_at);
