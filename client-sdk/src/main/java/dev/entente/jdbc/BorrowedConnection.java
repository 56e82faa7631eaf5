package dev.entente.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;
import javax.sql.DataSource;

/**
 * A connection that a data source lends to the thread that asks, with a network timeout. It answers within a bound or
 * breaks, also where the network swallows what is sent. One that has a network timeout of its own keeps that. It goes
 * back as it came. Not thread-safe.
 */
public final class BorrowedConnection implements AutoCloseable {
    /** How long an answer of the database is awaited where nothing else is said. */
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
     * Borrows one on this very thread, for transactions and choices of a database may hang on it. Blocks, for as long
     * as the data source does.
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
     * Borrows one on which no transaction of the caller is open.
     *
     * @throws SQLException ENT-096 where one is, or the database's own
     */
    public static BorrowedConnection alone(DataSource dataSource, Duration longestAnswer) throws SQLException {
        BorrowedConnection borrowed = from(dataSource, longestAnswer);
        try {
            if (CallersTransaction.isOpenOn(borrowed.connection)) {
                throw new SQLException(
                        "ENT-096: the data source hands out the connection of its caller's transaction; call outside of"
                                + " that transaction",
                        CallersTransaction.ACTIVE_SQL_TRANSACTION);
            }
            return borrowed;
        } catch (SQLException refused) {
            borrowed.close();
            throw refused;
        }
    }

    /** The connection itself. */
    public Connection connection() {
        return connection;
    }

    /** Sets autocommit back, and undoes what a user who switched it off has not committed. */
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
