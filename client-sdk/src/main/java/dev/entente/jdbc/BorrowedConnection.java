package dev.entente.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import javax.sql.DataSource;

/**
 * A connection that a data source lends to the calling thread, with a network timeout. A statement returns within the
 * timeout, or the connection breaks, also if the network drops packets. A network timeout that is already set is kept.
 * {@link #close} restores the settings. Not thread-safe.
 */
public final class BorrowedConnection implements AutoCloseable {
    /** The default network timeout: the longest wait for a response of the database. */
    public static final Duration LONGEST_ANSWER = Duration.ofMinutes(1);

    private final Connection connection;
    private final boolean isBounded;
    private final boolean autoCommitBefore;

    private BorrowedConnection(Connection connection, boolean isBounded) throws SQLException {
        this.connection = connection;
        this.isBounded = isBounded;
        this.autoCommitBefore = connection.getAutoCommit();
    }

    /**
     * Borrows a connection on the calling thread, because transactions and routing to a database may depend on the
     * thread. Blocks as long as the data source does.
     */
    public static BorrowedConnection from(DataSource dataSource, Duration longestAnswer) throws SQLException {
        Connection connection = dataSource.getConnection();
        try {
            BorrowedConnection borrowed = new BorrowedConnection(connection, bound(connection, longestAnswer));
            CallersTransaction.endUnused(connection);
            return borrowed;
        } catch (SQLException | RuntimeException broken) {
            connection.close();
            throw broken;
        }
    }

    /**
     * Borrows a connection on which no transaction of the caller is open.
     *
     * @throws SQLException ENT-096 if such a transaction is open, or the database's own failure
     */
    public static BorrowedConnection alone(DataSource dataSource, Duration longestAnswer) throws SQLException {
        BorrowedConnection borrowed = from(dataSource, longestAnswer);
        try {
            if (CallersTransaction.isOpenOn(borrowed.connection)) {
                throw new SQLException(
                        "ENT-096: the data source returns the connection of the caller's transaction; make this call"
                                + " outside of that transaction",
                        CallersTransaction.ACTIVE_SQL_TRANSACTION);
            }
            return borrowed;
        } catch (SQLException refused) {
            borrowed.close();
            throw refused;
        }
    }

    /** Returns the JDBC connection. */
    public Connection connection() {
        return connection;
    }

    /** Restores autocommit, and rolls back uncommitted work if a user of the connection switched autocommit off. */
    @Override
    public void close() throws SQLException {
        try (Connection closed = connection) {
            if (!closed.isClosed()) {
                boolean autoCommit = closed.getAutoCommit();
                if (autoCommit != autoCommitBefore) {
                    if (!autoCommit) {
                        closed.rollback();
                    }
                    closed.setAutoCommit(autoCommitBefore);
                }
                if (isBounded) {
                    closed.setNetworkTimeout(Runnable::run, 0);
                }
            }
        }
    }

    private static boolean bound(Connection connection, Duration longestAnswer) throws SQLException {
        try {
            if (connection.getNetworkTimeout() != 0) {
                return false;
            }
            int millis = (int) Math.min(Integer.MAX_VALUE, longestAnswer.toMillis());
            connection.setNetworkTimeout(Runnable::run, millis);
            return true;
        } catch (SQLFeatureNotSupportedException | AbstractMethodError unknown) {
            return false;
        }
    }
}
