package dev.entente.jdbc;

import java.sql.Connection;
import java.sql.SQLException;

/** Runs work in a transaction of its own and restores the connection's autocommit mode. */
public final class OwnTransaction {
    private static final String STATEMENT_COMPLETION_UNKNOWN = "40003";

    private OwnTransaction() {}

    /**
     * Statements on a connection that the work has captured.
     *
     * @param <T> the result of the statements
     */
    @FunctionalInterface
    public interface Work<T> {
        /** Runs the statements, and neither commits nor rolls back. */
        T run() throws SQLException;
    }

    /**
     * Runs the work and commits. Rolls back if the work or the commit throws.
     *
     * @throws SQLException if the database failed; a failed commit may have happened. Also (ENT-096) if the commit did
     *     not end the transaction, because the connection belongs to the caller's transaction
     */
    public static <T> T on(Connection connection, Work<T> work) throws SQLException {
        boolean autoCommit = connection.getAutoCommit();
        if (autoCommit) {
            connection.setAutoCommit(false);
        } else {
            CallersTransaction.endUnused(connection);
        }
        T result;
        try {
            result = work.run();
            connection.commit();
            if (!autoCommit) {
                refuseOpen(connection);
            }
        } catch (Throwable failure) {
            rollback(connection, autoCommit, failure);
            throw failure;
        }
        if (autoCommit) {
            connection.setAutoCommit(true);
        }
        return result;
    }

    /** Returns whether a failure, also of a commit, means a rollback: SQLSTATE class 40, except 40003. */
    public static boolean isRollback(SQLException failure) {
        String state = String.valueOf(failure.getSQLState());
        return state.startsWith("40") && !STATEMENT_COMPLETION_UNKNOWN.equals(state);
    }

    /**
     * Detects a connection that defers the commit to its caller's transaction. Before the commit this is invisible if
     * the caller has not sent a statement yet.
     */
    private static void refuseOpen(Connection connection) throws SQLException {
        if (CallersTransaction.isOpenOn(connection)) {
            throw new SQLException(
                    "ENT-096: the commit ended no transaction, because the data source returns the connection of the"
                            + " caller's transaction; pass the connection itself, or make this call outside of that"
                            + " transaction",
                    CallersTransaction.ACTIVE_SQL_TRANSACTION);
        }
    }

    /** Rolls back before it restores autocommit, because switching autocommit on would commit. */
    private static void rollback(Connection connection, boolean autoCommit, Throwable failure) {
        try {
            connection.rollback();
            if (autoCommit) {
                connection.setAutoCommit(true);
            }
        } catch (SQLException broken) {
            failure.addSuppressed(broken);
        }
    }
}
