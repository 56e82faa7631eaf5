-- Messages on their way, in the database whose changes they tell of. A row leaves with its delivery, so the table stays small
-- however many were sent. What a row waits for: due_at, its next attempt; parked_at, a person; neither, an earlier one of its key.
-- claim, taken_until: which relay delivers it, and its key, and for how long nobody else does. Times are in UTC, names and keys
-- in UTF-8.
create table if not exists entente_outbox (
  position     bigint          not null auto_increment primary key,
  id           varchar(128)    character set ascii collate ascii_bin not null,
  ordering_key varbinary(1024),
  kind         varchar(32)     not null,
  address      text            not null,
  method       text            not null,
  destination  varbinary(1200) not null default '',
  headers      mediumtext      not null,
  payload      mediumblob      not null,
  attempts     integer         not null default 0,
  enqueued_at  datetime(6)     not null,
  due_at       datetime(6),
  parked_at    datetime(6),
  last_error   text,
  first_tried_at datetime(6),
  claim        bigint,
  taken_until  datetime(6),
  due_place    varbinary(1200) generated always as (case when due_at is null then null else destination end) stored,
  unique key entente_outbox_id (id),
  key entente_outbox_due (due_place, due_at, position),
  key entente_outbox_key (ordering_key, position),
  key entente_outbox_parked (parked_at),
  key entente_outbox_age (enqueued_at)
) engine = InnoDB default character set utf8mb4;

-- Keys that were enqueued for: a transaction that enqueues holds its key's row to its end. Old rows are deleted.
create table if not exists entente_outbox_key (
  ordering_key varbinary(1024) not null primary key,
  touched_at   datetime(6)     not null,
  key entente_outbox_key_touched (touched_at)
) engine = InnoDB;

-- What became of them; payloads and headers are not kept. The relay deletes old rows.
create table if not exists entente_outbox_sent (
  number       bigint          not null auto_increment primary key,
  id           varchar(128)    character set ascii collate ascii_bin not null,
  ordering_key varbinary(1024),
  kind         varchar(32)     not null,
  address      text            not null,
  method       text            not null,
  attempts     integer         not null,
  outcome      varchar(8)      not null check (outcome in ('sent', 'skipped')),
  note         text,
  enqueued_at  datetime(6)     not null,
  ended_at     datetime(6)     not null,
  key entente_outbox_sent_id (id),
  key entente_outbox_sent_ended_at (ended_at)
) engine = InnoDB default character set utf8mb4;
