create table if not exists shop_order (id varchar(64) primary key, state varchar(10) not null);
