-- A mail has no unique business key, so that a mail that was sent twice is visible.
create table if not exists mail (
  id text primary key,
  gid text,
  branch text,
  recipient text not null,
  subject text not null
);
