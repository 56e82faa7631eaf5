-- One row per object, with its current state.
create table if not exists entente_state (
  machine        varchar(64)  character set ascii collate ascii_bin not null,
  id             varchar(255) character set ascii collate ascii_bin not null,
  state          varchar(255) character set ascii collate ascii_bin not null,
  previous_state varchar(255) character set ascii collate ascii_bin,
  version        bigint       not null,
  changed_at     datetime(6)  not null comment 'UTC',
  primary key (machine, id),
  key entente_state_by_state (machine, state, changed_at)
) engine = InnoDB;

-- The transitions of each object, numbered without gaps.
create table if not exists entente_state_history (
  machine        varchar(64)  character set ascii collate ascii_bin not null,
  id             varchar(255) character set ascii collate ascii_bin not null,
  version        bigint       not null,
  event          varchar(255) character set ascii collate ascii_bin not null,
  from_state     varchar(255) character set ascii collate ascii_bin not null,
  to_state       varchar(255) character set ascii collate ascii_bin not null,
  changed_at     datetime(6)  not null comment 'UTC',
  primary key (machine, id, version)
) engine = InnoDB;
