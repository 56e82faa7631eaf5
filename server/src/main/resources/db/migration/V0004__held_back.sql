-- What rests because too much waits on one participant already is found by that participant's name, and by no claim of what is due.

alter table open_transaction add column held_back_by text collate "C";
comment on column open_transaction.held_back_by is 'The participant on which it waits for room in memory. Of a row that somebody owns it says nothing.';

-- Never written by a flush: it changes only where owner and due_at do.
create index open_transaction_held_back on open_transaction (held_back_by, due_at)
  where owner is null and due_at is not null and held_back_by is not null;

drop index open_transaction_due;
create index open_transaction_due on open_transaction (bucket, due_at)
  where owner is null and due_at is not null and held_back_by is null;
