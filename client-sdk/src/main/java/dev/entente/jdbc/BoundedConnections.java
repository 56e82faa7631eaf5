package dev.entente.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;

/**
 * Opens connections that answer within a bound or break, also where the network swallows what is sent. Thread-safe.
 */
public final class BoundedConnections {
    private final DataSource dataSource;
    private final Duration within;

    /** @param within for opening one, and for each answer of the database */
    public BoundedConnections(DataSource dataSource, Duration within) {
        this.dataSource = dataSource;
        this.within = within;
    }

    /** The bound. */
    public Duration within() {
        return within;
    }

    /**
     * Asks the data source on a thread of its own, for a driver without a login timeout may never come back. A connection
     * that comes too late is closed. Blocks.
     *
     * @throws SQLException if the data source failed, or did not answer in time
     */
    public BoundedConnection open() throws SQLException {
        CompletableFuture<Connection> opened = new CompletableFuture<>();
        Thread opener = new Thread(() -> open(opened), "entente-connect");
        opener.setDaemon(true);
        opener.start();
        try {
            return new BoundedConnection(opened.get(within.toNanos(), TimeUnit.NANOSECONDS), within);
        } catch (TimeoutException late) {
            CompletableFuture<Void> unused = opened.thenAccept(BoundedConnections::discard);
            throw new SQLTransientConnectionException("no connection within " + within.toMillis() + " ms", late);
        } catch (InterruptedException interrupted) {
            CompletableFuture<Void> unused = opened.thenAccept(BoundedConnections::discard);
            Thread.currentThread().interrupt();
            throw new SQLTransientConnectionException("interrupted while connecting", interrupted);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof SQLException known) {
                throw known;
            }
            throw new SQLTransientConnectionException("the data source failed", failed.getCause());
        }
    }

    private void open(CompletableFuture<Connection> opened) {
        try {
            opened.complete(dataSource.getConnection());
        } catch (Throwable failure) { // whoever waits is told
            opened.completeExceptionally(failure);
        }
    }

    private static void discard(Connection late) {
        try {
            late.close();
        } catch (SQLException broken) {
            Thread.onSpinWait(); // it is gone either way
        }
    }
}
