package dev.entente.outbox;

import dev.entente.jdbc.BoundedConnections;
import dev.entente.outbox.presence.WakeUp;
import dev.entente.outbox.presence.WatchedConnection;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wakes the relay when a transaction that enqueued is committed, on a connection of its own. Where PostgreSQL's driver
 * is not to be had, or the connection does not live, the relay's polls find the messages, only later.
 */
final class NotificationListener implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(NotificationListener.class);
    /** How soon a close is noticed. */
    private static final int LISTEN_MILLIS = 500;
    /** Nobody tells a listener that its connection is dead; it has to ask. */
    private static final Duration ASK_EVERY = Duration.ofSeconds(10);
    /** Before a connection that broke is opened again. */
    private static final Duration REST = Duration.ofSeconds(1);

    private final WatchedConnection watched;
    private final WakeUp wakeUp;
    private final BooleanSupplier isClosing;
    private boolean hasNothingToHear;

    NotificationListener(BoundedConnections connections, WakeUp wakeUp, BooleanSupplier isClosing) {
        this.watched = new WatchedConnection(connections);
        this.wakeUp = wakeUp;
        this.isClosing = isClosing;
    }

    @Override
    public void run() {
        WakeUp alarm = new WakeUp();
        while (!isClosing.getAsBoolean() && !hasNothingToHear) {
            try {
                watched.use(this::listen);
            } catch (InterruptedException closing) {
                return;
            } catch (NoClassDefFoundError noDriver) {
                LOG.info("PostgreSQL's driver is not on the class path: the outbox is polled, without notifications");
                return;
            } catch (SQLException | RuntimeException | Error broken) {
                LOG.debug("no notifications until their connection is open again", broken);
                try {
                    alarm.sleep(REST);
                } catch (InterruptedException closing) {
                    return;
                }
            }
        }
    }

    WatchedConnection connection() {
        return watched;
    }

    private void listen(Connection connection) throws SQLException {
        if (!OutboxStatements.of(connection).notifies()) {
            hasNothingToHear = true;
            return;
        }
        connection.setAutoCommit(true);
        ask(connection, "listen " + PostgresOutbox.CHANNEL);
        wakeUp.call(); // whatever was committed before we listened
        PGConnection postgres = connection.unwrap(PGConnection.class);
        long askAgainNanos = System.nanoTime() + ASK_EVERY.toNanos();
        while (!isClosing.getAsBoolean()) {
            if (postgres.getNotifications(LISTEN_MILLIS).length > 0) {
                wakeUp.call();
            }
            if (System.nanoTime() - askAgainNanos >= 0) {
                ask(connection, "select 1");
                askAgainNanos = System.nanoTime() + ASK_EVERY.toNanos();
            }
        }
        ask(connection, "unlisten " + PostgresOutbox.CHANNEL); // it may go back to a pool
    }

    private void ask(Connection connection, String sql) throws SQLException {
        watched.ask(() -> {
            try (Statement statement = connection.createStatement()) {
                return statement.execute(sql);
            }
        });
    }
}
