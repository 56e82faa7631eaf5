-- Whoever may call prune_audit, or write links, must not get an entry removed that is young: a link without its entry is
-- no old one, links stand for entries that are there, and what is judged is what is removed.

do $outer$
begin
  execute format($create$
    create or replace function prune_audit(chain bigint, keep interval, slice int) returns int
    language plpgsql security definer set search_path = %I, pg_temp as $body$
    declare
      kept interval := greatest(keep, (select at_least from audit_policy));
      removed int;
      upto bigint;
      upto_hash bytea;
      newest timestamptz;
    begin
      if not pg_try_advisory_xact_lock(1701737569, 0) then
        return 0;
      end if;
      -- One statement, so one snapshot. Those before the first that is young, or whose entry is gone. The last link of a
      -- living incarnation stays: the next one goes on from it.
      with first as (
        select l.seq, l.hash, l.entry, e.at,
          coalesce(e.at < now() - kept, false)
            and (l.seq < (select max(seq) from audit_link where incarnation = chain) or not exists (
              select 1 from coordinator c where c.incarnation = chain and c.dead_at is null)) as is_old
        from audit_link l left join audit_entry e on e.id = l.entry
        where l.incarnation = chain order by l.seq limit least(slice, 2000)),
      judged as (select first.*, bool_and(is_old) over (order by seq) as goes from first),
      doomed as (select * from judged where goes),
      entries as (delete from audit_entry e using doomed d where e.id = d.entry),
      links as (delete from audit_link l using doomed d where l.incarnation = chain and l.seq = d.seq)
      select count(*), max(d.seq), max(d.at), (array_agg(d.hash order by d.seq desc))[1]
      into removed, upto, newest, upto_hash from doomed d;
      if removed = 0 then
        return 0;
      end if;
      insert into audit_entry (actor, act, gid, reason, before, after)
      values ('coordinator', 'chain-pruned', '',
        removed || ' entries until ' || to_char(newest at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
          || ' were older than audit.retention',
        'incarnation ' || chain, 'seq ' || upto || ' hash ' || encode(upto_hash, 'hex'));
      return removed;
    end
    $body$
    $create$, current_schema());
end
$outer$;

create or replace function audit_link_of_an_entry() returns trigger language plpgsql as $body$
begin
  if not exists (select 1 from audit_entry e where e.id = new.entry) then
    raise exception 'a link of the audit needs an entry, and % is none', new.entry using errcode = 'foreign_key_violation';
  end if;
  return new;
end
$body$;
create trigger audit_link_of_an_entry before insert on audit_link
  for each row execute function audit_link_of_an_entry();
comment on function audit_link_of_an_entry is 'No link is written for an entry that is yet to come.';

alter table audit_entry drop constraint if exists audit_entry_at_is_a_time;
alter table audit_entry add constraint audit_entry_at_is_a_time check (isfinite(at)) not valid;
