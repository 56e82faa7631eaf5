-- One row per stream: how many events it has. An append holds it until its transaction ends.
create table if not exists entente_event_stream (
  stream       text        primary key,
  version      bigint      not null
);

-- What happened. Rows are never changed.
create table if not exists entente_event (
  stream       text        not null,
  version      bigint      not null,
  type         text        not null,
  type_version integer     not null,
  payload      bytea       not null,
  recorded_at  timestamptz not null,
  primary key (stream, version)
);

-- The latest snapshot of each stream by each fold; one of another fold_version is not read.
create table if not exists entente_event_snapshot (
  stream       text        not null,
  fold         text        not null,
  fold_version integer     not null,
  version      bigint      not null,
  state        bytea       not null,
  primary key (stream, fold)
);
