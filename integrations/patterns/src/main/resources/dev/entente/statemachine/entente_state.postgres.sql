-- One row per object, with its current state.
create table if not exists entente_state (
  machine        text        not null,
  id             text        not null,
  state          text        not null,
  previous_state text,
  version        bigint      not null,
  changed_at     timestamptz not null,
  primary key (machine, id)
);
create index if not exists entente_state_by_state on entente_state (machine, state, changed_at);

-- The transitions of each object, numbered without gaps.
create table if not exists entente_state_history (
  machine        text        not null,
  id             text        not null,
  version        bigint      not null,
  event          text        not null,
  from_state     text        not null,
  to_state       text        not null,
  changed_at     timestamptz not null,
  primary key (machine, id, version)
);
