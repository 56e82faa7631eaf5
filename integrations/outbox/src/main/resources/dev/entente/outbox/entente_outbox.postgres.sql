-- Messages that are not delivered yet, in the database with the changes that they report. A delivery removes the row, so the
-- table stays small. With due_at, a row waits for its next attempt; with parked_at, for an operator; with neither, for an
-- earlier message with the same ordering key.
-- claim: the relay that delivers this message and others of its key. taken_until: the end of this claim.
-- No index contains these two columns, and half of each page is left free, so a claim updates no index.
create table if not exists entente_outbox (
  id           text        primary key,
  position     bigint      generated always as identity,
  ordering_key text,
  kind         text        not null,
  address      text        not null,
  method       text        not null,
  destination  text        collate "C" not null default '',
  headers      text        not null,
  payload      bytea       not null,
  attempts     integer     not null default 0,
  enqueued_at  timestamptz not null default now(),
  due_at       timestamptz,
  parked_at    timestamptz,
  last_error   text,
  first_tried_at timestamptz,
  claim        bigint,
  taken_until  timestamptz,
  constraint entente_outbox_waits_for_one_thing check (num_nonnulls(due_at, parked_at) = 1
    or (num_nonnulls(due_at, parked_at) = 0 and ordering_key is not null))
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_analyze_scale_factor = 0,
  autovacuum_analyze_threshold = 20000);
create index if not exists entente_outbox_due on entente_outbox (destination, due_at, position) where due_at is not null;
create index if not exists entente_outbox_key on entente_outbox (ordering_key, position) where ordering_key is not null;
-- Due messages with an earlier message of the same key. A relay that finds these messages makes them wait.
create index if not exists entente_outbox_key_due on entente_outbox (ordering_key, position)
  where ordering_key is not null and due_at is not null;
create index if not exists entente_outbox_parked on entente_outbox (parked_at) where parked_at is not null;
create index if not exists entente_outbox_age on entente_outbox (enqueued_at);

-- The outcomes of messages, without payloads and headers. The relay deletes old rows.
create table if not exists entente_outbox_sent (
  id           text        not null,
  ordering_key text,
  kind         text        not null,
  address      text        not null,
  method       text        not null,
  attempts     integer     not null,
  outcome      text        not null check (outcome in ('sent', 'skipped')),
  note         text,
  enqueued_at  timestamptz not null,
  ended_at     timestamptz not null default clock_timestamp(),
  primary key (id, ended_at)
);
create index if not exists entente_outbox_sent_ended_at on entente_outbox_sent (ended_at);
