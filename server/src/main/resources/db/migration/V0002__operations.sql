-- The counts of each coordinator by minute, for graphs.

create table minute_count (
  minute timestamptz not null,
  node text collate "C" not null,
  accepted integer not null,
  succeeded integer not null,
  aborted integer not null,
  given_up integer not null,
  parked integer not null,
  finished_within integer[] not null,
  primary key (minute, node)
);
comment on table minute_count is 'Rows of more than 8 days ago are removed. A coordinator that restarts within a minute adds to its row.';
comment on column minute_count.finished_within is 'How many of the transactions that finished in the minute did so within 5 ms, 10 ms, 25 ms, 50 ms, 100 ms, 250 ms, 500 ms, 1 s, 5 s, 30 s, 5 min and 1 h after their creation.';

-- The entry of a bulk operation has an empty gid. Entries of single transactions with its request id follow.
create index audit_entry_bulk on audit_entry (request_id, gid) where request_id like 'bulk-%';

-- For times far back. Entries are stored in the order of their times, so a small index is sufficient.
create index audit_entry_at on audit_entry using brin (at);
