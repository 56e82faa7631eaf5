-- One row per stream: how many events it has. An append holds it until its transaction ends.
create table if not exists entente_event_stream (
  stream       varchar(255) character set ascii collate ascii_bin not null primary key,
  version      bigint       not null
) engine = InnoDB;

-- What happened. Rows are never changed.
create table if not exists entente_event (
  stream       varchar(255) character set ascii collate ascii_bin not null,
  version      bigint       not null,
  type         varchar(255) character set ascii collate ascii_bin not null,
  type_version integer      not null,
  payload      mediumblob   not null,
  recorded_at  datetime(6)  not null comment 'UTC',
  primary key (stream, version)
) engine = InnoDB;

-- The latest snapshot of each stream by each fold; one of another fold_version is not read.
create table if not exists entente_event_snapshot (
  stream       varchar(255) character set ascii collate ascii_bin not null,
  fold         varchar(64)  character set ascii collate ascii_bin not null,
  fold_version integer      not null,
  version      bigint       not null,
  state        mediumblob   not null,
  primary key (stream, fold)
) engine = InnoDB;
