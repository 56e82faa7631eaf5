-- Messages that are not delivered yet, in the database with the changes that they report. A delivery removes the row, so the
-- table stays small. With due_at, a row waits for its next attempt; with parked_at, for an operator; with neither, for an
-- earlier message with the same ordering key.
-- claim: the relay that delivers this message and others of its key. taken_until: the end of this claim.
-- Times are in UTC, names and keys in UTF-8.
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

-- Ordering keys of enqueued messages. A transaction that enqueues locks the row of its key until it ends. Old rows are deleted.
create table if not exists entente_outbox_key (
  ordering_key varbinary(1024) not null primary key,
  touched_at   datetime(6)     not null,
  key entente_outbox_key_touched (touched_at)
) engine = InnoDB;

-- The outcomes of messages, without payloads and headers. The relay deletes old rows.
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
