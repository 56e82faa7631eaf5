package dev.entente.outbox;

import dev.entente.jdbc.OwnTransaction;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Claims, delivers, tidies up, sleeps; on one thread and one connection, which it opens again when it breaks. */
final class RelayLoop implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(RelayLoop.class);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(5);
    private static final Duration PURGE_EVERY = Duration.ofMinutes(1);
    private static final Duration PURGE_SOON = Duration.ofSeconds(1);
    private static final int PURGED_AT_ONCE = 5000;
    /** Something may be due that another relay holds; it must not be asked for in a tight loop. */
    private static final Duration SHORTEST_SLEEP = Duration.ofMillis(200);

    private final DataSource dataSource;
    private final RelaySettings settings;
    private final Carriers carriers;
    private final WakeUp wakeUp;
    private final BooleanSupplier isClosing;
    private final AtomicLong retries = new AtomicLong();
    private final AtomicLong failedRounds = new AtomicLong();
    private volatile Backlog backlog = Backlog.NONE;
    private volatile @Nullable Connection current;
    private long lookAgainNanos = System.nanoTime();
    private long purgeAgainNanos = System.nanoTime();
    private boolean hasMoreToPurge;

    RelayLoop(
            DataSource dataSource,
            RelaySettings settings,
            Carriers carriers,
            WakeUp wakeUp,
            BooleanSupplier isClosing) {
        this.dataSource = dataSource;
        this.settings = settings;
        this.carriers = carriers;
        this.wakeUp = wakeUp;
        this.isClosing = isClosing;
    }

    @Override
    public void run() {
        int failures = 0;
        while (!isClosing.getAsBoolean()) {
            try (Connection connection = dataSource.getConnection()) {
                current = connection;
                connection.setAutoCommit(false);
                while (!isClosing.getAsBoolean()) {
                    round(connection);
                    if (failures > 0) {
                        LOG.info("the outbox is relayed again after {} failures", failures);
                        failures = 0;
                    }
                }
                connection.rollback();
                connection.setAutoCommit(true); // it may go back to a pool
            } catch (InterruptedException closing) {
                return;
            } catch (SQLException | RuntimeException | Error broken) { // whatever it was, what is due stays due
                failures++;
                if (!restAfter(broken, failures)) {
                    return;
                }
            } finally {
                current = null;
            }
        }
    }

    /** As last looked at, some seconds ago at most while the database answers. */
    Backlog backlog() {
        return backlog;
    }

    long retries() {
        return retries.get();
    }

    long failedRounds() {
        return failedRounds.get();
    }

    /** For a close that cannot wait any longer: what the loop is about to say to the database fails. */
    void abandon() {
        Connection connection = current;
        if (connection != null) {
            try {
                connection.abort(Runnable::run);
            } catch (SQLException broken) {
                LOG.debug("the relay's connection cannot be ended", broken);
            }
        }
    }

    private void round(Connection connection) throws SQLException, InterruptedException {
        Batch.Result result = batch(connection);
        retries.addAndGet(result.retries());
        tidyUp(connection);
        if (!result.claimed() && !isClosing.getAsBoolean()) {
            sleep(connection, untilNextRound(connection));
        }
    }

    /** However long: the backlog is looked at meanwhile, or it would be shown as it was before the last messages left. */
    private void sleep(Connection connection, Duration length) throws SQLException, InterruptedException {
        long end = System.nanoTime() + length.toNanos();
        for (Duration left = length; !left.isNegative() && !left.isZero() && !isClosing.getAsBoolean(); ) {
            if (wakeUp.sleep(shorter(left, LOOK_EVERY))) {
                return;
            }
            tidyUp(connection);
            left = Duration.ofNanos(end - System.nanoTime());
        }
    }

    /** A failure leaves the transaction to the connection's end, which undoes it. */
    private Batch.Result batch(Connection connection) throws SQLException, InterruptedException {
        return new Batch(connection, settings, carriers, isClosing, ThreadLocalRandom.current()).run();
    }

    private Duration untilNextRound(Connection connection) throws SQLException {
        Duration longest = hasMoreToPurge ? shorter(PURGE_SOON, settings.poll()) : settings.poll();
        Duration next = OwnTransaction.on(connection, () -> UpkeepStatements.untilNextDue(connection, longest));
        Duration shortest = shorter(SHORTEST_SLEEP, longest);
        return next.compareTo(shortest) < 0 ? shortest : next;
    }

    private static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private void tidyUp(Connection connection) throws SQLException {
        long now = System.nanoTime();
        if (now - lookAgainNanos >= 0) {
            backlog = OwnTransaction.on(connection, () -> UpkeepStatements.backlog(connection));
            lookAgainNanos = now + LOOK_EVERY.toNanos();
        }
        if (now - purgeAgainNanos >= 0) {
            int purged = OwnTransaction.on(
                    connection, () -> UpkeepStatements.purge(connection, settings.keepSent(), PURGED_AT_ONCE));
            hasMoreToPurge = purged == PURGED_AT_ONCE;
            purgeAgainNanos = now + (hasMoreToPurge ? PURGE_SOON : PURGE_EVERY).toNanos();
        }
    }

    /** Whether to go on. */
    private boolean restAfter(Throwable broken, int failures) {
        if (isClosing.getAsBoolean()) {
            return false;
        }
        failedRounds.incrementAndGet();
        if (failures == 1) {
            LOG.warn("the outbox is not relayed: {}; trying again", broken.getMessage(), broken);
        } else {
            LOG.debug("the outbox is still not relayed", broken);
        }
        try {
            long bound = settings.retry().boundAfter(failures).toMillis();
            wakeUp.sleep(Duration.ofMillis(ThreadLocalRandom.current().nextLong(Math.min(bound, 5000) + 1)));
            return true;
        } catch (InterruptedException closing) {
            return false;
        }
    }
}
