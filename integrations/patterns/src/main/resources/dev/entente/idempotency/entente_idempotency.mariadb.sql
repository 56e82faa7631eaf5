-- One row per idempotency key, with its holder or with the stored response.
create table if not exists entente_idempotency (
  caller          char(64)     character set ascii collate ascii_bin not null,
  idempotency_key varchar(255) character set ascii collate ascii_bin not null,
  digest          char(64)     character set ascii collate ascii_bin not null,
  owner           varchar(64)  character set ascii collate ascii_bin not null,
  answer          longblob,
  expires_at      datetime(6)  not null comment 'UTC',
  primary key (caller, idempotency_key),
  key entente_idempotency_expires_at (expires_at)
) engine = InnoDB;
