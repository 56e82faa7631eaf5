-- One row per stream, with its number of events. An append locks the row until its transaction ends.
create table if not exists entente_event_stream (
  stream       varchar(255) character set ascii collate ascii_bin not null primary key,
  version      bigint       not null
) engine = InnoDB;

-- The events. Only the position of a row changes: its place among all events, which is assigned after the commit.
create table if not exists entente_event (
  stream       varchar(255) character set ascii collate ascii_bin not null,
  version      bigint       not null,
  type         varchar(255) character set ascii collate ascii_bin not null,
  type_version integer      not null,
  payload      mediumblob   not null,
  recorded_at  datetime(6)  not null comment 'UTC',
  appended     bigint       not null auto_increment,
  position     bigint,
  primary key (stream, version),
  unique key entente_event_appended (appended),
  key entente_event_position (position, appended)
) engine = InnoDB;

-- The latest snapshot of each stream by each fold. A snapshot with another fold_version is not read.
create table if not exists entente_event_snapshot (
  stream       varchar(255) character set ascii collate ascii_bin not null,
  fold         varchar(64)  character set ascii collate ascii_bin not null,
  fold_version integer      not null,
  version      bigint       not null,
  state        mediumblob   not null,
  primary key (stream, fold)
) engine = InnoDB;

-- The last assigned position. A process that assigns positions locks the row.
create table if not exists entente_event_head (
  id           integer      not null primary key,
  position     bigint       not null
) engine = InnoDB;
insert ignore into entente_event_head (id, position) values (1, 0);

-- The progress of each projection, one row for each generation of its rows.
create table if not exists entente_projection (
  name         varchar(64)  character set ascii collate ascii_bin not null,
  generation   bigint       not null,
  state        varchar(16)  character set ascii collate ascii_bin not null,
  position     bigint       not null,
  primary key (name, generation)
) engine = InnoDB;
