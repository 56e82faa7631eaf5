-- Who stands behind a delivery: what has ended is forgotten from the head of a lane on.

create index delivery_order_before on delivery_order (before_gid, before_delivery) where before_gid is not null;
