-- What coordinators of one database sign with when they pass a call on to each other.

insert into signing_key (purpose, id, secret)
values ('cluster', 1, sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));
