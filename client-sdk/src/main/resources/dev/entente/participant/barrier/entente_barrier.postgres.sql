-- One row per called operation of a branch, and per forward operation that its undo blocks; beside the business tables.
create table if not exists entente_barrier (
  gid            text        not null,
  branch         text        not null,
  op             text        not null,
  verdict        text        not null check (verdict in ('done', 'undone', 'rejected')),
  fence          bigint      not null,
  fence_base     smallint    not null default 0,
  response       bytea,
  http_status    integer,
  http_headers   text,
  tried          text,
  reject_code    text,
  reject_message text,
  created_at     timestamptz not null default now(),
  primary key (gid, branch, op)
);
create index if not exists entente_barrier_created_at on entente_barrier (created_at);
