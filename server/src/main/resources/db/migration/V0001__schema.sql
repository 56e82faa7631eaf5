-- One row per open transaction, one small row per finished one. Every statement of the hot path is keyed by gid, every claim by bucket.
-- bucket = CRC-32C of the UTF-8 gid, & 63: the slice by which claimants spread out.

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
  held_back_by text collate "C",
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
comment on column open_transaction.rev is 'Every write and every claim adds one; with cluster.fence_floor it makes the fence.';
comment on column open_transaction.adoptions is 'Claims without progress.';
comment on column open_transaction.format is 'How plan and progress are written.';
comment on column open_transaction.parked_reason is 'The reason''s name, a colon, a detail.';
comment on column open_transaction.held_back_by is 'The participant on which it waits for room in memory. Of a row that somebody owns it says nothing.';

-- owner and due_at change only together, so flushes touch no index. No index on owner: it would cost every accept and every finish.
create index open_transaction_due on open_transaction (bucket, due_at)
  where owner is null and due_at is not null and held_back_by is null;
-- What rests because too much waits on one participant already is found by that participant's name, and by no claim of what is due.
create index open_transaction_held_back on open_transaction (held_back_by, due_at)
  where owner is null and due_at is not null and held_back_by is not null;

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
  operation text not null,
  gid text collate "C" not null,
  reason text not null,
  before text not null,
  after text not null,
  peer text not null default '',
  request_id text not null default ''
);
comment on column audit_entry.peer is 'The address that the call came from, without a port; empty where nothing came from outside.';
comment on column audit_entry.request_id is 'entente-request-id of the call, or one that the coordinator made.';
create index audit_entry_gid on audit_entry (gid, id);

create table cluster (
  only_one boolean primary key default true check (only_one),
  system_identifier bigint not null,
  timeline bigint not null,
  settled_at timestamptz not null default now(),
  fence_floor bigint not null default 0
);
comment on table cluster is 'The database as coordinators last knew it. Another timeline means a failover.';
comment on column cluster.fence_floor is 'Added to each rev to make a fence: raised by a failover or a restore, because participants may have seen fences of commits that are lost.';

-- Who is signed in to the console, at whichever coordinator.

create table console_session (
  id_hash bytea primary key check (octet_length(id_hash) = 32),
  token_hash bytea not null check (octet_length(token_hash) = 32),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
comment on table console_session is 'SHA-256 of a cookie, and of a token of the token file: from neither can the other be had.';

-- The console's actions on all transactions that match a filter.

create table bulk_run (
  id uuid primary key,
  query text not null,
  progress text not null default '',
  is_over boolean not null default false,
  is_stopped boolean not null default false,
  began_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
);
comment on column bulk_run.seen_at is 'The last write of the coordinator that carries the run out. A run without writes for a while is interrupted.';

-- Who receives what is published to a topic. Read by accepting writes.

create table subscription (
  topic text collate "C" not null,
  subscriber text collate "C" not null,
  deliver bytea not null,
  fan_out bytea not null,
  created_at timestamptz not null default now(),
  primary key (topic, subscriber)
);
comment on column subscription.deliver is 'entente.v1.Operation';
comment on column subscription.fan_out is 'What an accepting write appends to the plan: entente.stored.v1.StoredPlan with this subscriber.';

-- In which order the deliveries with one ordering key go to one receiver. A queue is a receiver, or a topic, and a key.
create table delivery_lane (
  bucket smallint not null,
  queue text collate "C" not null,
  gid text collate "C" not null,
  delivery text collate "C" not null,
  before_gid text collate "C",
  before_delivery text collate "C",
  moved_at timestamptz not null default now(),
  primary key (queue, bucket)
);
comment on table delivery_lane is 'Who came last, and before that; its row is locked by whoever queues up.';

create table delivery_order (
  bucket smallint not null,
  gid text collate "C" not null,
  delivery text collate "C" not null,
  before_gid text collate "C",
  before_delivery text collate "C",
  primary key (gid, delivery, bucket)
);
comment on table delivery_order is 'Which delivery must have ended before this one is called; none if before_gid is null.';
-- Who stands behind a delivery: what has ended is forgotten from the head of a queue on.

create index delivery_order_before on delivery_order (before_gid, before_delivery) where before_gid is not null;

-- What coordinators of one database sign with, and nobody else needs to know.

create table signing_key (
  purpose text collate "C" not null,
  id smallint not null check (id > 0),
  secret bytea not null check (octet_length(secret) >= 32),
  created_at timestamptz not null default now(),
  primary key (purpose, id)
);
comment on table signing_key is 'All keys of a purpose are believed. The newest signs, once it is two minutes old.';

-- gen_random_uuid() draws from the operating system: 122 random bits each.
insert into signing_key (purpose, id, secret)
select purpose, 1, sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
from (values ('join'), ('cluster')) as of (purpose);
