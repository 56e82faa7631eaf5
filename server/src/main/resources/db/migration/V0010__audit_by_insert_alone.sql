-- Lets coordinators run as a role that may insert and read audit entries, and no more. What has to be removed in time is
-- removed by a function of the tables' owner, which removes nothing else.

create table audit_policy (
  at_least interval not null,
  one boolean primary key default true check (one)
);
comment on table audit_policy is 'How long audit entries are kept whatever a coordinator is told; changed by the owner alone.';
insert into audit_policy (at_least) values (interval '0');

do $outer$
begin
  execute format($create$
    create function prune_audit(chain bigint, keep interval, slice int) returns int
    language plpgsql security definer set search_path = %I, pg_temp as $body$
    declare
      kept interval := greatest(keep, (select at_least from audit_policy));
      upto bigint;
      upto_hash bytea;
      removed int;
    begin
      if not pg_try_advisory_xact_lock(1701737569, 0) then
        return 0;
      end if;
      -- Those before the first young one. The last link of a living incarnation stays: the next one goes on from it.
      with first as (
        select l.seq, coalesce(e.at < now() - kept, true)
            and (exists (select 1 from audit_link n where n.incarnation = l.incarnation and n.seq > l.seq)
              or not exists (
                select 1 from coordinator c where c.incarnation = l.incarnation and c.dead_at is null)) as is_old
        from audit_link l left join audit_entry e on e.id = l.entry
        where l.incarnation = chain order by l.seq limit slice)
      select max(f.seq) into upto from first f
      where not exists (select 1 from first young where not young.is_old and young.seq < f.seq) and f.is_old;
      if upto is null then
        return 0;
      end if;
      select hash into upto_hash from audit_link where incarnation = chain and seq = upto;
      delete from audit_entry where id in (
        select entry from audit_link where incarnation = chain and seq <= upto);
      delete from audit_link where incarnation = chain and seq <= upto;
      get diagnostics removed = row_count;
      insert into audit_entry (actor, act, gid, reason, before, after)
      values ('coordinator', 'chain-pruned', '', removed || ' entries were older than audit.retention',
        'incarnation ' || chain, 'seq ' || upto || ' hash ' || encode(upto_hash, 'hex'));
      return removed;
    end
    $body$
    $create$, current_schema());
end
$outer$;
comment on function prune_audit is 'Removes at most a slice of the old entries at the beginning of one chain, and leaves an entry that says up to where.';
revoke all on function prune_audit from public;
