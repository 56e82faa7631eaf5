-- One row per stream, with its number of events. An append locks the row until its transaction ends.
create table if not exists entente_event_stream (
  stream       text        primary key,
  version      bigint      not null
);

-- The events. Only the position of a row changes: its place among all events, which is assigned after the commit.
create table if not exists entente_event (
  stream       text        not null,
  version      bigint      not null,
  type         text        not null,
  type_version integer     not null,
  payload      bytea       not null,
  recorded_at  timestamptz not null,
  appended     bigint      generated always as identity,
  position     bigint,
  primary key (stream, version)
);
create unique index if not exists entente_event_position on entente_event (position) where position is not null;
create index if not exists entente_event_unplaced on entente_event (appended) where position is null;

-- The latest snapshot of each stream by each fold. A snapshot with another fold_version is not read.
create table if not exists entente_event_snapshot (
  stream       text        not null,
  fold         text        not null,
  fold_version integer     not null,
  version      bigint      not null,
  state        bytea       not null,
  primary key (stream, fold)
);

-- The last assigned position. A process that assigns positions locks the row.
create table if not exists entente_event_head (
  id           integer     primary key check (id = 1),
  position     bigint      not null
);
insert into entente_event_head (id, position) values (1, 0) on conflict (id) do nothing;

-- The progress of each projection, one row for each generation of its rows.
create table if not exists entente_projection (
  name         text        not null,
  generation   bigint      not null,
  state        text        not null check (state in ('LIVE', 'BUILDING', 'DROPPED')),
  position     bigint      not null,
  primary key (name, generation)
);
