package dev.entente.outbox;

import dev.entente.jdbc.Dialect;
import dev.entente.jdbc.Sql;

/**
 * The statements of the outbox, in one text for both databases or in one text for each. {@code dev.entente.jdbc.Sql}
 * replaces the words in braces. Tests check PostgreSQL's plans of the statements that run for every message.
 */
enum OutboxSql implements Sql.Text {
    /**
     * Disables two kinds of plans. A connection would keep a sequential scan that was planned for an almost empty
     * table. A bitmap scan would read the complete queue of a key for one row.
     */
    BEGIN("""
        set transaction isolation level read committed;
        select set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
          set_config('statement_timeout', ?, true), set_config('idle_in_transaction_session_timeout', ?, true)
        """, "set transaction isolation level read committed"),

    /** Permits the loss of this transaction's commit in a crash. MariaDB has this setting only for the whole server. */
    COMMIT_ASYNCHRONOUSLY("set local synchronous_commit = off", ""),

    LOCK_KEY("select pg_advisory_xact_lock(hashtext('entente_outbox'), hashtext(?))", """
        insert into entente_outbox_key (ordering_key, touched_at) values (?, {now})
        on duplicate key update touched_at = {now}
        """),

    INSERT("""
        insert into entente_outbox
          (ordering_key, id, kind, address, method, destination, headers, payload, enqueued_at, due_at)
        values (?, ?, ?, ?, ?, ?, ?, ?, {now}, {now})
        """),

    /** PostgreSQL cannot prepare a transaction that notifies. Relays find such a message by polling. */
    WAKE(
            "select pg_notify('entente_outbox', '') where current_setting('entente.prepares', true) is distinct from"
                    + " 'true'",
            ""),

    /** Reads the destinations, for MariaDB. {@link #DUE} then reads each destination separately. */
    PLACES("select distinct due_place from entente_outbox where due_place >= ''"),

    /**
     * Visits each destination by one index lookup, so that the queue of a blocked destination is not read. Skips
     * destinations that the relay does not know. "The first of its key" is a scalar subquery, because "not exists" may
     * be planned as a join of all rows. On MariaDB a snapshot may lack the row or its key. The row is then not first,
     * and is read again later.
     */
    DUE(OutboxSql.EACH_DESTINATION + """
        select due.* from place p cross join lateral (
          select c.id, c.destination, c.ordering_key, octet_length(c.payload) as payload_bytes,
            (c.ordering_key is null or c.id = (select e.id from entente_outbox e
              where e.ordering_key = c.ordering_key order by e.position limit 1)) as is_first
          from entente_outbox c
          where c.destination = p.destination and c.due_at <= {now}
            and (c.taken_until is null or c.taken_until <= {now})
          order by c.due_at, c.position
          limit coalesce(
            (select r.room from unnest(?::text[], ?::text[]::integer[]) r (name, room) where r.name = p.destination), ?)
          for no key update of c skip locked) due
        where p.destination ~ ?
        """, """
            select c.id, c.destination, c.ordering_key, length(c.payload) as payload_bytes,
              (c.ordering_key is null or coalesce(c.position = (
                select min(e.position) from entente_outbox e where e.ordering_key = c.ordering_key), false)) as is_first
            from entente_outbox c
            where c.due_place = ? and c.due_at <= {now} and (c.taken_until is null or c.taken_until <= {now})
            order by c.due_at, c.position limit ? for update skip locked
            """),

    /**
     * Reads the destinations without a relay, and the start of each wait. Such a destination has an unclaimed first
     * message, and no message that was attempted recently.
     */
    UNATTENDED(
            OutboxSql.EACH_DESTINATION
                    + OutboxSql.UNTOUCHED.formatted("destination", "destination", "destination")
                    + " from place p where p.destination is not null) waits" + OutboxSql.NO_SIGN,
            OutboxSql.UNTOUCHED.formatted("due_place", "due_place", "due_place") + """
                from (select distinct due_place as destination from entente_outbox where due_place >= '') p) waits
                """ + OutboxSql.NO_SIGN),

    /** Changes no indexed column, so that PostgreSQL writes no index. */
    TAKE(
            "update entente_outbox o set claim = ?, taken_until = {now} + {micros} where o.id {in} returning "
                    + OutboxSql.COLUMNS,
            "update entente_outbox set claim = ?, taken_until = {now} + {micros} where id {in}"),

    READ("select " + OutboxSql.COLUMNS + " from entente_outbox o where o.id {in} order by o.position"),

    /** Reads the messages behind the first ones of keys. MariaDB's text is repeated for each key. */
    FOLLOWERS("select " + OutboxSql.COLUMNS + """
        from unnest(?::text[], ?::text[]::bigint[]) as key (name, first) cross join lateral (
          select n.* from entente_outbox n where n.ordering_key = key.name and n.position > key.first
          order by n.position limit ?) o
        order by o.position
        """, "(select " + OutboxSql.COLUMNS + """
            from entente_outbox o where o.ordering_key = ? and o.position > ? order by o.position limit ?)
            """),

    /** MariaDB's text is repeated for each key. */
    HEAD(
            "",
            "(select id, ordering_key, position from entente_outbox where ordering_key = ? order by position limit 1)"),

    /**
     * Returns no row if another transaction has locked the row to remove it. The messages behind this row then stay
     * due.
     */
    LOCK_HEAD("", "select id from entente_outbox where id = ? for update skip locked"),

    BEHIND("", """
        select id from entente_outbox
        where ordering_key = ? and due_at is not null and position > ? and (taken_until is null or taken_until <= {now})
        order by position limit 1000 for update skip locked
        """),

    /**
     * Makes due messages wait behind an earlier message of their key. The earlier message is locked meanwhile, so the
     * transaction that removes it finds the waiting ones.
     */
    WAIT("""
        with head as materialized (
          select f.ordering_key, f.position from entente_outbox f
          where f.id = any (array(
            select (select e.id from entente_outbox e where e.ordering_key = k.key order by e.position limit 1)
            from unnest(?::text[]) k (key)))
          for key share skip locked)
        update entente_outbox set due_at = null where id = any (array(
          select n.id from head h cross join lateral (
            select o.id from entente_outbox o
            where o.ordering_key = h.ordering_key and o.due_at is not null and o.position > h.position
              and (o.taken_until is null or o.taken_until <= {now})
            order by o.position limit 1000 for no key update skip locked) n))
        """, "update entente_outbox set due_at = null where id {in}"),

    /** Runs as a separate statement after the first message is removed, so that it sees all waiting messages. */
    NEXT("""
        update entente_outbox set due_at = {now}
        where due_at is null and parked_at is null and id = any (array(
          select (select o.id from entente_outbox o where o.ordering_key = k.key order by o.position limit 1)
          from unnest(?::text[]) k (key)))
        """, "update entente_outbox set due_at = {now} where due_at is null and parked_at is null and id {in}"),

    OURS(
            "select id, claim from entente_outbox where id {in} and claim = any (?::text[]::bigint[]) for update",
            "select id, claim from entente_outbox where id {in} and claim {in} for update"),

    SENT("""
        with gone as (
          delete from entente_outbox where id {in}
          returning id, ordering_key, kind, address, method, attempts, enqueued_at)
        insert into entente_outbox_sent (id, ordering_key, kind, address, method, attempts, outcome, note, enqueued_at)
        select id, ordering_key, kind, address, method, attempts + ?, ?, ?, enqueued_at from gone
        """, """
            insert into entente_outbox_sent
              (id, ordering_key, kind, address, method, attempts, outcome, note, enqueued_at, ended_at)
            select id, ordering_key, kind, address, method, attempts + ?, ?, ?, enqueued_at, {now}
            from entente_outbox where id {in}
            """),

    LOCK("", "select id from entente_outbox where id {in} for update"),

    DELETE("", "delete from entente_outbox where id {in}"),

    /** Parks the message if the pause is null. */
    FAILED("""
        update entente_outbox set attempts = ?, last_error = ?, claim = null, taken_until = null,
          first_tried_at = coalesce(first_tried_at, {now}), due_at = {now} + {micros},
          parked_at = case when ({now} + {micros}) is null then {now} end
        where id = ?
        """),

    GIVE_BACK("update entente_outbox set claim = null, taken_until = null where id {in}"),

    BACKLOG("""
        select {now} as asked_at,
          (select count(*) from (
            select 1 from entente_outbox where enqueued_at <= {now} limit 10001) counted) as all_of_them,
          (select count(*) from (
            select 1 from entente_outbox where parked_at is not null limit 10000) counted) as parked,
          (select enqueued_at from entente_outbox order by enqueued_at limit 1) as oldest
        """),

    /** Reads the database's own estimate, which costs nothing. */
    ESTIMATED(
            "select pg_stat_get_live_tuples('entente_outbox'::regclass)",
            "select table_rows from information_schema.tables"
                    + " where table_schema = database() and table_name = 'entente_outbox'"),

    PURGE("""
        delete from entente_outbox_sent where ctid = any (array(
          select ctid from entente_outbox_sent where ended_at < {now} - {micros} limit ?))
        """, "delete from entente_outbox_sent where ended_at < {now} - {micros} limit ?"),

    LIST("""
        select id, position, kind, address, method, ordering_key, attempts, last_error, enqueued_at, parked_at
        from entente_outbox where parked_at is not null order by parked_at limit ?
        """),

    BLOCKED("""
        select count(*) from (
          select 1 from entente_outbox where ordering_key = ? and position > ? order by position limit 1000) behind
        """),

    PARKED_LONGEST("""
        select id from entente_outbox where parked_at is not null order by parked_at limit ? for update skip locked
        """),

    RETRIED("""
        update entente_outbox set parked_at = null, due_at = {now}, attempts = 0, first_tried_at = null
        where parked_at is not null and id {in}
        """),

    LOCK_PARKED("select ordering_key from entente_outbox where id = ? and parked_at is not null for update");

    private static final String EACH_DESTINATION = """
        with recursive place (destination) as (
          (select destination from entente_outbox where due_at is not null order by destination limit 1)
          union all
          select (select o.destination from entente_outbox o
            where o.due_at is not null and o.destination > p.destination order by o.destination limit 1)
          from place p where p.destination is not null)
        """;

    /** Uses scalar subqueries, because "exists" may be planned as a join of all rows. */
    private static final String UNTOUCHED = """
        select {now} as asked_at, waits.destination, waits.due_at from (
          select p.destination,
            (select o.due_at from entente_outbox o where o.%s = p.destination and o.due_at is not null
              order by o.due_at, o.position limit 1) as due_at,
            (select o.taken_until from entente_outbox o where o.%s = p.destination and o.due_at is not null
              order by o.due_at, o.position limit 1) as taken_until,
            (select 1 from entente_outbox o where o.%s = p.destination and o.due_at > {now} - {micros}
              and o.first_tried_at is not null order by o.due_at desc limit 1) as attempted
        """;

    private static final String NO_SIGN = """
         where waits.attempted is null and waits.due_at < {now} - {micros}
          and (waits.taken_until is null or waits.taken_until <= {now} - {micros})
        order by waits.due_at
        """;

    private static final String COLUMNS = """
        o.id, o.position, o.ordering_key, o.kind, o.address, o.method, o.destination, o.headers, o.payload, o.attempts,
        o.enqueued_at, o.first_tried_at, {now} as asked_at
        """;

    private final String postgres;
    private final String mariadb;

    OutboxSql(String both) {
        this(both, both);
    }

    OutboxSql(String postgres, String mariadb) {
        this.postgres = postgres;
        this.mariadb = mariadb;
    }

    @Override
    public String on(Dialect dialect) {
        return dialect == Dialect.MARIADB ? mariadb : postgres;
    }
}
