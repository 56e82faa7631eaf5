create table if not exists item (sku varchar(64) primary key, available int not null);
create table if not exists reservation (gid varchar(100) primary key, sku varchar(64) not null, reserved int not null);
insert ignore into item values ('chair', 10), ('unicorn', 0);
