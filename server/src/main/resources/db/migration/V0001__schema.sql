-- One row per open transaction, one small row per finished one. Every statement of the hot path is keyed by gid, every claim of due rows by bucket.
-- bucket = CRC-32C of the UTF-8 gid, & 63. A claim reads one bucket, so that concurrent claims read different rows.

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
comment on table coordinator is 'One row per incarnation of a coordinator. beat grows with each renewal. beat_at is only for people, because clocks jump. A coordinator that sets dead_at declares the incarnation dead.';

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
  -- Rows are updated in place and deleted soon: space for HOT updates, and a vacuum without delays.
  fillfactor = 80,
  vacuum_truncate = off,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_threshold = 20000,
  autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_threshold = 100000
);
comment on column open_transaction.owner is 'The incarnation that holds the transaction, or null.';
comment on column open_transaction.rev is 'Each write and each claim adds one. The fence is rev at the claim, plus cluster.fence_floor, plus one.';
comment on column open_transaction.adoptions is 'Claims without progress.';
comment on column open_transaction.format is 'The format of plan and progress.';
comment on column open_transaction.parked_reason is 'The name of the reason, a colon, and a detail.';
comment on column open_transaction.held_back_by is 'The participant whose share of the memory is used up, for which the transaction waits. Not valid in a row with an owner.';

-- A flush of an owned row changes neither owner nor due_at, so it changes no index. There is no index on owner,
-- because each accept and each finish would have to write it.
create index open_transaction_due on open_transaction (bucket, due_at)
  where owner is null and due_at is not null and held_back_by is null;
-- Transactions at rest because too many others wait for one participant: found by the participant's name, and not by
-- claims of due transactions.
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
comment on table transaction_label is 'Labels of transactions. Rows stay until retention removes the finished transaction.';

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
comment on column audit_entry.peer is 'The address of the caller, without a port; empty if the call did not come over the network.';
comment on column audit_entry.request_id is 'entente-request-id of the call, or an id that the coordinator created.';
create index audit_entry_gid on audit_entry (gid, id);

create table cluster (
  only_one boolean primary key default true check (only_one),
  system_identifier bigint not null,
  timeline bigint not null,
  settled_at timestamptz not null default now(),
  fence_floor bigint not null default 0
);
comment on table cluster is 'The identity of the database that the coordinators last recorded. A different timeline means a failover.';
comment on column cluster.fence_floor is 'Added to each rev to form a fence. A failover or a restore raises the value, because participants may have seen fences of lost commits.';

-- Sessions of the console, at any coordinator.

create table console_session (
  id_hash bytea primary key check (octet_length(id_hash) = 32),
  token_hash bytea not null check (octet_length(token_hash) = 32),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
comment on table console_session is 'SHA-256 of a cookie, and of a token of the token file. Neither hash reveals the other.';

-- Bulk operations of the console on all transactions that match a filter.

create table bulk_run (
  id uuid primary key,
  query text not null,
  progress text not null default '',
  is_over boolean not null default false,
  is_stopped boolean not null default false,
  began_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
);
comment on column bulk_run.seen_at is 'The time of the last write of the coordinator that executes the run. A run without writes for 15 seconds is interrupted.';

-- The receivers of messages that are published to a topic. Read by accepting writes.

create table subscription (
  topic text collate "C" not null,
  subscriber text collate "C" not null,
  deliver bytea not null,
  fan_out bytea not null,
  created_at timestamptz not null default now(),
  primary key (topic, subscriber)
);
comment on column subscription.deliver is 'entente.v1.Operation';
comment on column subscription.fan_out is 'Appended to the plan by an accepting write: entente.stored.v1.StoredPlan with this subscriber.';

-- The order of deliveries with one ordering key to one receiver. A delivery queue (column queue) is a receiver or topic, and a key.
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
comment on table delivery_lane is 'The last delivery of each delivery queue, and the delivery before. A delivery that joins the queue locks the row.';

create table delivery_order (
  bucket smallint not null,
  gid text collate "C" not null,
  delivery text collate "C" not null,
  before_gid text collate "C",
  before_delivery text collate "C",
  primary key (gid, delivery, bucket)
);
comment on table delivery_order is 'The delivery that must finish before this delivery is called; none if before_gid is null.';
-- Finds the next delivery in a queue: finished deliveries are removed from the head of the queue.

create index delivery_order_before on delivery_order (before_gid, before_delivery) where before_gid is not null;

-- Secret keys with which the coordinators of one database sign.

create table signing_key (
  purpose text collate "C" not null,
  id smallint not null check (id > 0),
  secret bytea not null check (octet_length(secret) >= 32),
  created_at timestamptz not null default now(),
  primary key (purpose, id)
);
comment on table signing_key is 'All keys of a purpose are valid for verification. The newest key that is at least two minutes old signs.';

-- gen_random_uuid() reads random bytes of the operating system: 122 random bits each.
insert into signing_key (purpose, id, secret)
select purpose, 1, sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
from (values ('join'), ('cluster')) as of (purpose);
