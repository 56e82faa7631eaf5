-- Who receives what is published to a topic. Read by accepting writes; on Citus a reference table.

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

-- In which order the deliveries with one ordering key go to one receiver. A lane is a receiver, or a topic, and a key.
create table delivery_lane (
  bucket smallint not null,
  lane text collate "C" not null,
  gid text collate "C" not null,
  delivery text collate "C" not null,
  before_gid text collate "C",
  before_delivery text collate "C",
  moved_at timestamptz not null default now(),
  primary key (lane, bucket)
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
