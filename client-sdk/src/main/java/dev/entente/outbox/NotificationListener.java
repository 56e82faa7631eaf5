package dev.entente.outbox;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
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
    /** Before a connection that broke is opened again. */
    private static final Duration REST = Duration.ofSeconds(1);

    private final DataSource dataSource;
    private final WakeUp wakeUp;
    private final BooleanSupplier isClosing;

    NotificationListener(DataSource dataSource, WakeUp wakeUp, BooleanSupplier isClosing) {
        this.dataSource = dataSource;
        this.wakeUp = wakeUp;
        this.isClosing = isClosing;
    }

    @Override
    public void run() {
        WakeUp alarm = new WakeUp();
        while (!isClosing.getAsBoolean()) {
            try {
                listen();
            } catch (NoClassDefFoundError noDriver) {
                LOG.info("PostgreSQL's driver is not on the class path; the outbox is polled, and nobody is woken");
                return;
            } catch (SQLException | RuntimeException | Error broken) {
                LOG.debug("not woken by notifications until the connection stands again", broken);
                try {
                    alarm.sleep(REST);
                } catch (InterruptedException closing) {
                    return;
                }
            }
        }
    }

    private void listen() throws SQLException {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(true);
            statement.execute("listen " + EnqueueStatement.CHANNEL);
            wakeUp.call(); // whatever was committed before we listened
            PGConnection postgres = connection.unwrap(PGConnection.class);
            while (!isClosing.getAsBoolean()) {
                if (postgres.getNotifications(LISTEN_MILLIS).length > 0) {
                    wakeUp.call();
                }
            }
            statement.execute("unlisten " + EnqueueStatement.CHANNEL); // it may go back to a pool
        }
    }
}
