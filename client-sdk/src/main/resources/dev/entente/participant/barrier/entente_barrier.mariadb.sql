-- One row per called operation of a branch, and per forward operation that its undo blocks; beside the business tables.
create table if not exists entente_barrier (
  gid            varchar(512) character set ascii collate ascii_bin not null,
  branch         varchar(512) character set ascii collate ascii_bin not null,
  op             varchar(16)  character set ascii collate ascii_bin not null,
  verdict        varchar(8)   character set ascii collate ascii_bin not null check (verdict in ('done', 'undone', 'rejected')),
  fence          bigint       not null,
  fence_base     smallint     not null default 0,
  response       longblob,
  http_status    integer,
  http_headers   mediumtext,
  tried          mediumtext,
  reject_code    mediumtext,
  reject_message mediumtext,
  created_at     datetime(6)  not null comment 'UTC',
  primary key (gid, branch, op),
  key entente_barrier_created_at (created_at)
) engine = InnoDB default character set utf8mb4;
