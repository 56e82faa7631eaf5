package dev.entente.jdbc;

import java.sql.Connection;
import java.sql.SQLException;

/** Work in a transaction of its own, on a connection that is handed back as it came. */
public final class OwnTransaction {
    private static final String STATEMENT_COMPLETION_UNKNOWN = "40003";

    private OwnTransaction() {}

    /**
     * Statements on a connection that whoever made the work holds.
     *
     * @param <T> what they come to
     */
    @FunctionalInterface
    public interface Work<T> {
        /** Runs them, neither committing nor rolling back. */
        T run() throws SQLException;
    }

    /**
     * Commits what the work did; rolls back if it throws, or if the commit does.
     *
     * @throws SQLException if the database failed; if it was the commit that did, whether it happened is unknown. Also
     *     if the commit ended nothing, for the connection is its caller's
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

    /** Tells whether a failure, of a commit as well, says that the transaction was rolled back: SQLSTATE class 40. */
    public static boolean isRollback(SQLException failure) {
        String state = String.valueOf(failure.getSQLState());
        return state.startsWith("40") && !STATEMENT_COMPLETION_UNKNOWN.equals(state);
    }

    /**
     * Finds out a connection that keeps its commits for the transaction of its caller, who has not sent a statement
     * before.
     */
    private static void refuseOpen(Connection connection) throws SQLException {
        if (CallersTransaction.isOpenOn(connection)) {
            throw new SQLException(
                    "ENT-096: the commit ended no transaction, for the data source hands out the connection of its"
                            + " caller's; give the connection itself, or call outside of that transaction",
                    CallersTransaction.ACTIVE_SQL_TRANSACTION);
        }
    }

    /** The rollback comes first: switching autocommit on would commit. */
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
