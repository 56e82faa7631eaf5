package dev.entente.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/**
 * The row of {@code entente_barrier} that says what became of a message's local transaction. Whoever inserts it first
 * decides: the transaction itself, with its own commit; or whoever asks, and then that transaction can only be rolled
 * back. Works within the connection's current transaction.
 */
public final class LocalMark {
    private static final String BRANCH = "check-back";
    private static final String OP = "check";
    private static final String COMMITTED = "done";
    private static final String ROLLED_BACK = "undone";

    private static final String INSERT =
            " into entente_barrier (gid, branch, op, verdict, fence, created_at) values (?, ?, ?, ?, 0, {now})";
    private static final String UNLESS_THERE = " on conflict (gid, branch, op) do nothing";
    private static final String VERDICT = "select verdict from entente_barrier where gid = ? and branch = ? and op = ?";

    private LocalMark() {}

    /** The state of the mark's row. */
    public enum Found {
        /** It was not there: it is ours now, if this transaction is committed. */
        OURS,
        /** The local transaction was committed before. */
        COMMITTED,
        /** Somebody asked, and was told that it was rolled back. */
        ROLLED_BACK,
        /** Another transaction holds it and has not ended. */
        HELD
    }

    /**
     * Marks the local transaction as committed, which becomes true with its commit. Waits for whoever asks at this
     * moment.
     */
    public static Found commit(Connection connection, String gid) throws SQLException {
        return insert(connection, gid, COMMITTED);
    }

    /**
     * Marks it as rolled back for ever, unless it was committed. The connection's transaction can only be rolled back
     * after {@link Found#HELD}.
     */
    public static Found rollBack(Connection connection, String gid, Duration wait) throws SQLException {
        try {
            Sql sql = Sql.on(connection);
            if (sql.dialect() == Dialect.MARIADB) {
                return sql.waitingAtMost(wait, () -> insert(connection, gid, ROLLED_BACK));
            }
            sql.execute("set local lock_timeout = '" + wait.toMillis() + "ms'");
            return insert(connection, gid, ROLLED_BACK);
        } catch (SQLException failure) {
            if (SqlCondition.LOCK_TIMEOUT.isShownBy(failure)) {
                return Found.HELD;
            }
            throw failure;
        }
    }

    /**
     * Makes sure, behind what else the transaction did, that the mark of {@link #commit} can still be committed.
     *
     * @throws IllegalStateException if it is gone
     * @throws SQLException if the transaction can only be rolled back
     */
    public static void require(Connection connection, String gid) throws SQLException {
        Found found;
        try {
            found = stands(connection, gid);
        } catch (SQLException failure) {
            throw SqlCondition.explained(failure);
        }
        if (found != Found.COMMITTED) {
            throw new IllegalStateException(
                    "the mark of message '" + gid + "' is gone: did the body roll the connection back?");
        }
    }

    /** The insert waits while another transaction holds the key; the select after it has a snapshot of its own. */
    private static Found insert(Connection connection, String gid, String verdict) throws SQLException {
        Sql sql = Sql.on(connection);
        boolean isMaria = sql.dialect() == Dialect.MARIADB;
        String insert = isMaria ? "insert ignore" + INSERT : "insert" + INSERT + UNLESS_THERE;
        return sql.isInserted(insert, gid, BRANCH, OP, verdict) ? Found.OURS : stands(connection, gid);
    }

    /** A row that was purged between the two statements counts as held: it is asked for again. */
    private static Found stands(Connection connection, String gid) throws SQLException {
        Sql.Row<Found> found = row -> COMMITTED.equals(row.getString("verdict")) ? Found.COMMITTED : Found.ROLLED_BACK;
        return Sql.on(connection).first(VERDICT, found, gid, BRANCH, OP).orElse(Found.HELD);
    }
}
