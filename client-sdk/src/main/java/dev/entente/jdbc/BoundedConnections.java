package dev.entente.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens connections that answer within a bound or break, also where the network swallows what is sent. Thread-safe.
 *
 * <p>A driver that never comes back keeps the thread that asked it. So at most {@link #MOST_OPENERS} ask at a time.
 */
public final class BoundedConnections {
    private static final Logger LOG = LoggerFactory.getLogger(BoundedConnections.class);

    /** How many threads ask the data source for a connection at a time. */
    public static final int MOST_OPENERS = 16;

    private final DataSource dataSource;
    private final Duration within;
    private final Semaphore openers;

    /** @param within for opening one, and for each answer of the database */
    public BoundedConnections(DataSource dataSource, Duration within) {
        this(dataSource, within, openers());
    }

    /** @param openers from {@link #openers()}; shared with others that ask the same data source */
    public BoundedConnections(DataSource dataSource, Duration within, Semaphore openers) {
        this.dataSource = dataSource;
        this.within = within;
        this.openers = openers;
    }

    /** A permit for each thread that may ask a data source at a time. */
    public static Semaphore openers() {
        return new Semaphore(MOST_OPENERS);
    }

    /** The bound. */
    public Duration within() {
        return within;
    }

    /**
     * Asks the data source on a thread of its own, for a driver without a login timeout may never come back. A
     * connection that comes too late is closed. Blocks.
     *
     * @throws SQLException if the data source failed or did not answer in time, or if {@link #MOST_OPENERS} threads
     *     already wait for its answer
     */
    public BoundedConnection open() throws SQLException {
        long endNanos = System.nanoTime() + within.toNanos();
        CompletableFuture<Connection> opened = new CompletableFuture<>();
        try {
            startOpener(opened);
            return new BoundedConnection(
                    opened.get(Math.max(0, endNanos - System.nanoTime()), TimeUnit.NANOSECONDS), within);
        } catch (TimeoutException late) {
            CompletableFuture<Connection> unused = opened.whenComplete(BoundedConnections::discard);
            throw new SQLTransientConnectionException("no connection within " + within.toMillis() + " ms", late);
        } catch (InterruptedException interrupted) {
            CompletableFuture<Connection> unused = opened.whenComplete(BoundedConnections::discard);
            Thread.currentThread().interrupt();
            throw new SQLTransientConnectionException("interrupted while connecting", interrupted);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof SQLException known) {
                throw known;
            }
            throw new SQLTransientConnectionException("the data source failed", failed.getCause());
        }
    }

    private void startOpener(CompletableFuture<Connection> opened) throws SQLException, InterruptedException {
        if (!openers.tryAcquire(within.toNanos(), TimeUnit.NANOSECONDS)) {
            throw new SQLTransientConnectionException("the data source was not asked for a connection: " + MOST_OPENERS
                    + " threads have waited for its answer, each for " + within.toMillis()
                    + " ms or longer; give its driver a connect or login timeout");
        }
        try {
            Thread opener = new Thread(() -> open(opened), "entente-connect");
            opener.setDaemon(true);
            opener.start();
        } catch (RuntimeException | Error unstarted) { // no thread could be made, and its permit would be lost
            openers.release();
            throw unstarted;
        }
    }

    private void open(CompletableFuture<Connection> opened) {
        try {
            opened.complete(dataSource.getConnection());
        } catch (Throwable failure) { // an error of the driver too: the caller waits for this future alone
            opened.completeExceptionally(failure);
        } finally {
            openers.release();
        }
    }

    /** Closes a connection that nobody waits for any more. The caller was told that there is none. */
    private static void discard(@Nullable Connection late, @Nullable Throwable failure) {
        if (late == null) {
            LOG.debug("the data source failed when nobody waited for its connection any more", failure);
            return;
        }
        try {
            late.close();
        } catch (SQLException | RuntimeException broken) { // a driver may throw either, and nobody is left to be told
            LOG.debug("a connection that came too late could not be closed", broken);
        }
    }
}
