package dev.entente.outbox;

import dev.entente.jdbc.BoundedConnections;
import dev.entente.jdbc.OwnTransaction;
import dev.entente.outbox.presence.WakeUp;
import dev.entente.outbox.presence.WatchedConnection;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the outbox, and removes old records; on a thread of its own, with a connection that it borrows for each
 * look. So the figures do not depend on the connection that they tell of.
 */
final class Upkeep implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(Upkeep.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(5);
    /** A look takes no more than this part of the time, however slow it is. */
    private static final int LOOKS_SHARE = 100;
    /** An older look is no news. */
    private static final int LOOKS_TO_MISS = 3;

    private static final Duration PURGE_EVERY = Duration.ofMinutes(1);
    private static final int PURGED_AT_ONCE = 5000;

    private final WatchedConnection watched;
    private final Duration keepSent;
    private final BooleanSupplier isClosing;
    private final WakeUp alarm = new WakeUp();
    private final AtomicLong failures = new AtomicLong();
    private volatile @Nullable Look last;
    private boolean isFailing;
    private long purgeAgainNanos = System.nanoTime();

    private record Look(Backlog backlog, long staleAtNanos) {}

    Upkeep(BoundedConnections connections, Duration keepSent, BooleanSupplier isClosing) {
        this.watched = new WatchedConnection(connections);
        this.keepSent = keepSent;
        this.isClosing = isClosing;
    }

    WatchedConnection connection() {
        return watched;
    }

    /** Empty while it is not known. */
    Optional<Backlog> backlog() {
        Look look = last;
        return look == null || System.nanoTime() - look.staleAtNanos() >= 0
                ? Optional.empty()
                : Optional.of(look.backlog());
    }

    /** How often it could not look, or remove what is old. */
    long failures() {
        return failures.get();
    }

    /** Looks now, or ends. */
    void wake() {
        alarm.call();
    }

    @Override
    public void run() {
        while (!isClosing.getAsBoolean()) {
            Duration pause = LOOK_EVERY;
            try {
                long began = System.nanoTime();
                watched.use(this::look);
                isFailing = false;
                Duration fair = Duration.ofNanos((System.nanoTime() - began) * LOOKS_SHARE);
                pause = fair.compareTo(LOOK_EVERY) > 0 ? fair : LOOK_EVERY;
            } catch (SQLException | RuntimeException | Error broken) {
                tell(broken);
            } catch (InterruptedException closing) {
                return;
            }
            try {
                boolean unused = alarm.sleep(pause);
            } catch (InterruptedException closing) {
                return;
            }
        }
    }

    /** Once, until it works again. */
    private void tell(Throwable broken) {
        failures.incrementAndGet();
        if (isFailing || isClosing.getAsBoolean()) {
            LOG.debug("still could not check the outbox", broken);
        } else {
            LOG.warn("could not check the outbox or remove its old records, retrying: {}", broken.getMessage(), broken);
        }
        isFailing = true;
    }

    private void look(Connection connection) throws SQLException {
        long began = System.nanoTime();
        OutboxStatements statements = OutboxStatements.of(connection);
        Backlog backlog = watched.ask(() -> OwnTransaction.on(connection, () -> statements.backlog(connection)));
        long took = System.nanoTime() - began;
        long staleAfter = LOOKS_TO_MISS * Math.max(LOOK_EVERY.toNanos(), took * LOOKS_SHARE);
        last = new Look(backlog, System.nanoTime() + staleAfter);
        if (System.nanoTime() - purgeAgainNanos >= 0) {
            int purged;
            do {
                purged = watched.ask(() ->
                        OwnTransaction.on(connection, () -> statements.purge(connection, keepSent, PURGED_AT_ONCE)));
            } while (purged == PURGED_AT_ONCE && !isClosing.getAsBoolean());
            purgeAgainNanos = System.nanoTime() + PURGE_EVERY.toNanos();
        }
    }
}
