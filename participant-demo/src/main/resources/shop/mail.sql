-- No key holds a mail unique, so that one that was sent twice shows.
create table if not exists mail (
  id text primary key,
  gid text,
  branch text,
  recipient text not null,
  subject text not null
);
