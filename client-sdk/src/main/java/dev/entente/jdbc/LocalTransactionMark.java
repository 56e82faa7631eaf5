package dev.entente.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/**
 * The row of {@code entente_barrier} that stores the outcome of a message's local transaction. The first insert decides
 * the outcome. The local transaction inserts the row with its own commit, or a check-back inserts the row. After a
 * check-back's insert the local transaction can only be rolled back. Works in the connection's current transaction.
 */
public final class LocalTransactionMark {
    private static final String BRANCH = "check-back";
    private static final String OP = "check";
    private static final String COMMITTED = "done";
    private static final String ROLLED_BACK = "undone";

    private static final String INSERT =
            " into entente_barrier (gid, branch, op, verdict, fence, created_at) values (?, ?, ?, ?, 0, {now})";
    private static final String UNLESS_THERE = " on conflict (gid, branch, op) do nothing";
    private static final String VERDICT = "select verdict from entente_barrier where gid = ? and branch = ? and op = ?";

    private LocalTransactionMark() {}

    /** The state of the mark's row. */
    public enum Found {
        /** The row did not exist. This transaction inserted the row, which becomes durable with the commit. */
        OURS,
        /** The local transaction was committed before. */
        COMMITTED,
        /** The local transaction was marked as rolled back before. */
        ROLLED_BACK,
        /** Another transaction holds the row and has not ended. */
        HELD
    }

    /**
     * Marks the local transaction as committed. The mark becomes valid with the commit of that transaction. Waits for a
     * check-back that runs at the same time.
     */
    public static Found commit(Connection connection, String gid) throws SQLException {
        return insert(connection, gid, COMMITTED);
    }

    /**
     * Marks the local transaction permanently as rolled back, unless it was committed. After {@link Found#HELD} the
     * connection's transaction can only be rolled back.
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
            if (SqlCondition.LOCK_TIMEOUT.matchesFailure(failure)) {
                return Found.HELD;
            }
            throw failure;
        }
    }

    /**
     * Verifies, after the other work of the transaction, that the mark of {@link #commit} can still be committed.
     *
     * @throws IllegalStateException if the mark does not exist any more
     * @throws SQLException if the transaction can only be rolled back
     */
    public static void require(Connection connection, String gid) throws SQLException {
        Found found;
        try {
            found = readMark(connection, gid);
        } catch (SQLException failure) {
            throw SqlCondition.explained(failure);
        }
        if (found != Found.COMMITTED) {
            throw new IllegalStateException(
                    "the mark of message '" + gid + "' is missing; the body must not roll back the connection");
        }
    }

    /** The insert waits while another transaction holds the key. The select after it has a new snapshot. */
    private static Found insert(Connection connection, String gid, String verdict) throws SQLException {
        Sql sql = Sql.on(connection);
        boolean isMaria = sql.dialect() == Dialect.MARIADB;
        String insert = isMaria ? "insert ignore" + INSERT : "insert" + INSERT + UNLESS_THERE;
        return sql.isInserted(insert, gid, BRANCH, OP, verdict) ? Found.OURS : readMark(connection, gid);
    }

    /** Reads the row. A row that was purged between both statements counts as held: the caller asks again. */
    private static Found readMark(Connection connection, String gid) throws SQLException {
        Sql.Row<Found> found = row -> COMMITTED.equals(row.getString("verdict")) ? Found.COMMITTED : Found.ROLLED_BACK;
        return Sql.on(connection).first(VERDICT, found, gid, BRANCH, OP).orElse(Found.HELD);
    }
}
