package dev.entente.server.store.writer;

import dev.entente.server.store.ClusterIdentity;
import dev.entente.server.store.Database;
import dev.entente.wire.GrowingWait;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The writer's connection, which is replaced when it is lost. Used only by the writer's thread, except {@link #end}.
 */
final class WriterLink {
    private static final Logger LOG = LoggerFactory.getLogger(WriterLink.class);
    private static final GrowingWait PAUSES = GrowingWait.doubling(Duration.ofMillis(20), Duration.ofMillis(500));

    private final Database database;
    private final ClusterIdentity cluster;
    private final long incarnation;
    private final CountDownLatch ended = new CountDownLatch(1);
    private @Nullable WriterConnection connection;
    private int failures;
    private boolean isInTrouble;
    private long inTroubleSinceNanos;

    WriterLink(Database database, ClusterIdentity cluster, long incarnation) {
        this.database = database;
        this.cluster = cluster;
        this.incarnation = incarnation;
    }

    /** Returns the connection. Without one, tries once to connect, and pauses after a failure. */
    @Nullable
    WriterConnection connection() {
        if (connection == null && !isEnded()) {
            connect();
        }
        return isEnded() ? null : connection;
    }

    private void connect() {
        try {
            WriterConnection opened = WriterConnection.open(database, incarnation);
            failures = 0;
            if (opened.cluster().equals(cluster)) {
                connection = opened;
                return;
            }
            LOG.error(
                    "the database failed over: was {}, is {}; this coordinator stops writing and registers again",
                    cluster,
                    opened.cluster());
            opened.close();
            end();
        } catch (SQLException e) {
            failures++;
            troubled();
            if (Integer.bitCount(failures) == 1) {
                LOG.warn("the database does not respond ({} times): {}", failures, e.getMessage());
            }
            pause(failures);
        }
    }

    /** Records that nothing could be written. The timeout counts from the first time. */
    void troubled() {
        if (!isInTrouble) {
            isInTrouble = true;
            inTroubleSinceNanos = System.nanoTime();
        }
    }

    /** Records a write. A new connection is not sufficient: a server with a full disk accepts connections, too. */
    void recovered() {
        isInTrouble = false;
    }

    /** Returns whether nothing could be written for longer than a request should wait. */
    boolean isAwayTooLong() {
        return isInTrouble && System.nanoTime() - inTroubleSinceNanos > timeoutNanos();
    }

    /** Returns the time that a request waits for the database. */
    long timeoutNanos() {
        return database.settings().timeout().toNanos();
    }

    /** Pauses with jitter, longer with each attempt, at most half a second. Ends early when the link ends. */
    void pause(int attempt) {
        try {
            long nanos = PAUSES.after(attempt, ThreadLocalRandom.current()).toNanos();
            boolean isOver = ended.await(nanos, TimeUnit.NANOSECONDS);
            LOG.trace("paused, ended: {}", isOver);
        } catch (InterruptedException e) {
            end();
        }
    }

    void drop() {
        if (connection != null) {
            connection.close();
            connection = null;
        }
    }

    boolean isEnded() {
        return ended.getCount() == 0;
    }

    /** Ends the link: no more connections. Thread-safe. */
    void end() {
        ended.countDown();
    }
}
