package dev.entente.outbox;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;

/**
 * Statements that keep the order within a key. The first row is due, those behind it wait, and the transaction that
 * removes the first one makes the next one due.
 *
 * <p>A transaction that enqueues holds its key's advisory lock to its end, and its row may wait behind one that has
 * left by then. So whoever leaves nothing behind that it can see <em>tries</em> that lock. Where it is held, the key is
 * noted in {@code entente_outbox_recheck}, and looked at again when it is free; nobody waits for the transaction.
 */
final class TurnStatements {
    static final String ENQUEUING = """
        select k.key from unnest(?::text[]) k (key)
        where not pg_try_advisory_xact_lock(hashtext('entente_outbox'), hashtext(k.key))
        """;

    /**
     * In a statement of its own, after the first one is gone and the lock is held: it sees all that may wait behind.
     */
    static final String NEXT = """
        update entente_outbox set due_at = now()
        where due_at is null and parked_at is null and id = any (array(
          select (select o.id from entente_outbox o where o.ordering_key = k.key order by o.position limit 1)
          from unnest(?::text[]) k (key)))
        """;

    /** Before {@link #NEXT}: what is not seen here may be committed by then, and what is seen here is seen there. */
    static final String NOTE = """
        insert into entente_outbox_recheck (ordering_key)
        select k.key from unnest(?::text[]) k (key)
        where not exists (select from entente_outbox o where o.ordering_key = k.key)
        order by k.key on conflict do nothing
        """;

    static final String NOTED = """
        select ordering_key from entente_outbox_recheck
        where pg_try_advisory_xact_lock(hashtext('entente_outbox'), hashtext(ordering_key))
        limit 100 for update skip locked
        """;

    static final String FORGET = "delete from entente_outbox_recheck where ordering_key = any (?)";

    static final String IS_NOTED = "select exists (select from entente_outbox_recheck)";

    /**
     * Those that are due although an earlier one of their key is there. The first row is locked meanwhile, so whoever
     * takes it away finds them waiting; where somebody is taking it away now, they stay due.
     */
    static final String WAIT = """
        with head as materialized (
          select f.ordering_key, f.position from entente_outbox f
          where f.id = any (array(
            select (select e.id from entente_outbox e where e.ordering_key = k.key order by e.position limit 1)
            from unnest(?::text[]) k (key)))
          for key share skip locked)
        update entente_outbox set due_at = null where id = any (array(
          select n.id from head h cross join lateral (
            select o.id from entente_outbox o
            where o.ordering_key = h.ordering_key and o.due_at is not null and o.position > h.position and o.relay is null
            order by o.position limit 1000 for no key update skip locked) n))
        """;

    private TurnStatements() {}

    /**
     * The first of these keys were taken away, or may have been: whatever is first now, and waits for nothing else, is
     * due.
     *
     * @return whether a key may have been noted
     */
    static boolean passOn(Connection connection, Collection<String> keys) throws SQLException {
        if (keys.isEmpty()) {
            return false;
        }
        List<String> enqueuing = select(connection, ENQUEUING, keys);
        if (!enqueuing.isEmpty()) {
            update(connection, NOTE, enqueuing);
        }
        update(connection, NEXT, keys);
        return !enqueuing.isEmpty();
    }

    /**
     * Looks again at the keys that were noted, as far as nobody enqueues for them any more.
     *
     * @return whether any is left
     */
    static boolean recheck(Connection connection) throws SQLException {
        List<String> keys;
        try (PreparedStatement select = connection.prepareStatement(NOTED);
                ResultSet rows = select.executeQuery()) {
            keys = SettleStatements.texts(rows);
        }
        if (!keys.isEmpty()) {
            update(connection, NEXT, keys);
            update(connection, FORGET, keys);
        }
        try (PreparedStatement select = connection.prepareStatement(IS_NOTED);
                ResultSet row = select.executeQuery()) {
            return row.next() && row.getBoolean(1);
        }
    }

    /** Makes the due rows behind the first one of each key wait. */
    static void makeOthersWait(Connection connection, Collection<String> keys) throws SQLException {
        update(connection, WAIT, keys);
    }

    private static List<String> select(Connection connection, String sql, Collection<String> keys) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(sql)) {
            select.setArray(1, connection.createArrayOf("text", keys.toArray()));
            try (ResultSet rows = select.executeQuery()) {
                return SettleStatements.texts(rows);
            }
        }
    }

    private static void update(Connection connection, String sql, Collection<String> keys) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(sql)) {
            update.setArray(1, connection.createArrayOf("text", keys.toArray()));
            update.executeUpdate();
        }
    }
}
