-- Messages on their way, in the database whose changes they tell of. A row leaves with its delivery, so the table stays small
-- however many were sent. What a row waits for: due_at, its next attempt; parked_at, a person; neither, an earlier one of its key.
-- claim, taken_until: which relay delivers it, and its key, and for how long nobody else does. No index has them, and half of each
-- page is left free, so a claim touches no index.
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
-- Those of a key that are due although an earlier one is there: they are put to wait where a relay comes across them.
create index if not exists entente_outbox_key_due on entente_outbox (ordering_key, position)
  where ordering_key is not null and due_at is not null;
create index if not exists entente_outbox_parked on entente_outbox (parked_at) where parked_at is not null;
create index if not exists entente_outbox_age on entente_outbox (enqueued_at);

-- What became of them; payloads and headers are not kept. The relay deletes old rows.
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
