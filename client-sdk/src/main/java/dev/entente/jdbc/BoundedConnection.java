package dev.entente.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.time.Duration;

/**
 * A connection with a network timeout, which it loses again before it goes back to where it came from. Its user closes
 * it; any thread may cut it.
 */
public final class BoundedConnection implements AutoCloseable {
    private final Connection connection;
    private final int timeoutBefore;
    private final boolean autoCommitBefore;
    private volatile boolean isCut;

    BoundedConnection(Connection connection, Duration within) throws SQLException {
        this.connection = connection;
        try {
            autoCommitBefore = connection.getAutoCommit();
            timeoutBefore = bound(connection, within);
            CallersTransaction.endUnused(connection);
        } catch (SQLException broken) {
            closeAfter(connection, broken);
            throw broken;
        }
    }

    /** The connection itself. */
    public Connection connection() {
        return connection;
    }

    /** Ends it from outside: whatever waits for its answer fails. */
    public void cut() {
        isCut = true;
        try {
            connection.abort(Runnable::run);
        } catch (SQLException ignored) {
            // it is gone already
        }
    }

    /** Undoes what is not committed, and gives it back as it came. */
    @Override
    public void close() throws SQLException {
        try (Connection closed = connection) {
            if (!isCut && !closed.isClosed()) {
                if (!closed.getAutoCommit()) {
                    closed.rollback();
                }
                closed.setAutoCommit(autoCommitBefore);
                if (timeoutBefore >= 0) {
                    closed.setNetworkTimeout(Runnable::run, timeoutBefore);
                }
            }
        }
    }

    /**
     * Sets the network timeout and returns the one before, or -1 if the driver knows none. Then the watchdog cuts the
     * connection.
     */
    private static int bound(Connection connection, Duration within) throws SQLException {
        try {
            int before = connection.getNetworkTimeout();
            connection.setNetworkTimeout(Runnable::run, Math.toIntExact(within.toMillis()));
            return before;
        } catch (SQLFeatureNotSupportedException | AbstractMethodError unknown) {
            return -1;
        }
    }

    private static void closeAfter(Connection connection, SQLException broken) {
        try {
            connection.close();
        } catch (SQLException also) {
            broken.addSuppressed(also);
        }
    }
}
