package dev.entente.server.store.writer;

import dev.entente.server.store.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A vacuum of {@code open_transaction} each second while there are writes, on a separate connection. The table stays at
 * a tenth of the size that autovacuum leaves, and the rate is a little higher (measured). Concurrent coordinators skip
 * each other.
 */
final class Vacuum implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Vacuum.class);
    private static final long EVERY_MILLIS = 1000;
    /** The limit, far longer than a vacuum takes. Without it, a vanished server would prevent all vacuums. */
    private static final int ANSWER_SECONDS = 600;

    private final Database database;
    private final LongSupplier commits;
    private final int answerSeconds;
    private final CountDownLatch closing = new CountDownLatch(1);
    private long vacuumedAt;

    Vacuum(Database database, LongSupplier commits) {
        this(database, commits, ANSWER_SECONDS);
    }

    /** @param answerSeconds the time without an answer after which the connection counts as broken */
    Vacuum(Database database, LongSupplier commits, int answerSeconds) {
        this.answerSeconds = answerSeconds;
        this.database = database;
        this.commits = commits;
    }

    void start() {
        Thread.ofVirtual().name("entente-vacuum").start(this::run);
    }

    private void run() {
        try {
            while (!closing.await(EVERY_MILLIS, TimeUnit.MILLISECONDS)) {
                if (commits.getAsLong() != vacuumedAt) {
                    vacuumWhileOpen();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Vacuums while there are writes. Autovacuum does so later, so an error only costs a log line. */
    private void vacuumWhileOpen() throws InterruptedException {
        try (Connection connection = database.connect("vacuum", answerSeconds);
                Statement statement = connection.createStatement()) {
            do {
                vacuumedAt = commits.getAsLong();
                statement.execute("vacuum (skip_locked) open_transaction");
            } while (!closing.await(EVERY_MILLIS, TimeUnit.MILLISECONDS) && commits.getAsLong() != vacuumedAt);
        } catch (SQLException | RuntimeException | Error e) {
            LOG.debug("vacuum failed: {}", e.getMessage()); // the next round tries again
        }
    }

    @Override
    public void close() {
        closing.countDown();
    }
}
