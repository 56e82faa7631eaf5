create table if not exists account (id varchar(64) primary key, cents int not null, takes_refunds boolean not null);
create table if not exists payment (gid varchar(100) primary key, account varchar(64) not null, cents int not null, is_settled boolean not null);
insert ignore into account values ('alice', 100000, true), ('bob', 500, true), ('carol', 100000, false);
