-- One row per open transaction, one small row per finished one. Every statement of the hot path is keyed by gid, every claim by bucket.
-- bucket = CRC-32C of the UTF-8 gid, & 63: the slice by which claimants spread out, and the distribution column on Citus.

create table coordinator (
  incarnation bigint primary key,
  node text not null,
  address text not null,
  beat bigint not null default 0,
  beat_at timestamptz not null default now(),
  dead_at timestamptz,
  started_at timestamptz not null default now(),
  version text not null
);
comment on table coordinator is 'One row per start of a coordinator process. beat grows with each renewal (beat_at is for people: clocks jump); death is declared by setting dead_at.';

create table open_transaction (
  bucket smallint not null,
  gid text collate "C" not null,
  owner bigint,
  rev integer not null default 0,
  due_at timestamptz,
  adoptions smallint not null default 0,
  format smallint not null default 1,
  pattern smallint not null,
  state smallint not null,
  name text not null,
  created_at timestamptz not null,
  deadline_at timestamptz,
  request_digest bytea not null,
  plan bytea not null,
  progress bytea,
  waiting_on text,
  parked_at timestamptz,
  parked_reason text,
  primary key (gid, bucket),
  constraint open_transaction_is_held_due_or_parked check (owner is not null or due_at is not null or parked_at is not null)
) with (
  -- Rows are updated in place and soon gone: room for HOT updates, and a vacuum that never waits.
  fillfactor = 80,
  vacuum_truncate = off,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 20000,
  autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_threshold = 100000
);
comment on column open_transaction.owner is 'The incarnation that holds it, or null.';
comment on column open_transaction.rev is 'The fence: every write and every claim adds one.';
comment on column open_transaction.adoptions is 'Claims without progress.';
comment on column open_transaction.format is 'How plan and progress are written.';
comment on column open_transaction.parked_reason is 'The reason''s name, a colon, a detail.';

-- owner and due_at change only together, so flushes touch no index. No index on owner: it would cost every accept and every finish.
create index open_transaction_due on open_transaction (bucket, due_at) where owner is null and due_at is not null;

create table finished_transaction (
  bucket smallint not null,
  gid text collate "C" not null,
  pattern smallint not null,
  state smallint not null,
  name text not null,
  created_at timestamptz not null,
  finished_at timestamptz not null,
  deadline_at timestamptz,
  request_digest bytea not null,
  result bytea,
  plan bytea not null,
  progress bytea not null,
  primary key (gid, bucket)
);
create index finished_transaction_finished_at on finished_transaction (finished_at);

create table transaction_label (
  bucket smallint not null,
  gid text collate "C" not null,
  key text collate "C" not null,
  value text collate "C" not null,
  primary key (gid, key, bucket)
);
create index transaction_label_value on transaction_label (key, value, gid);
comment on table transaction_label is 'Only for transactions that carry labels. Rows stay until retention removes the finished transaction.';

create table audit_entry (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  actor text not null,
  act text not null,
  gid text collate "C" not null,
  reason text not null,
  before text not null,
  after text not null
);
create index audit_entry_gid on audit_entry (gid, id);

create table cluster (
  only_one boolean primary key default true check (only_one),
  system_identifier bigint not null,
  timeline bigint not null,
  settled_at timestamptz not null default now()
);
comment on table cluster is 'The database as coordinators last knew it. Another timeline means a failover.';
