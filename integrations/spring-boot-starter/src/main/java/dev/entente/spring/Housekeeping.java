package dev.entente.spring;

import dev.entente.jdbc.SqlCondition;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Removes expired rows from the SDK's tables, and checks the outbox, on its own threads. Several instances of a service
 * may run it concurrently: each takes other batches. Thread-safe.
 */
final class Housekeeping implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
    private static final int THREADS = 2;
    private static final long LOOK_MILLIS = 10_000;

    private final EntenteProperties.Housekeeping settings;
    private final List<Purge> purges;
    private final @Nullable OutboxWatch outbox;
    private final Set<String> failing = new HashSet<>();
    private @Nullable ScheduledThreadPoolExecutor threads;

    /** Removes old rows from one table in batches; returns how many rows were removed. */
    @FunctionalInterface
    interface Removal {
        long run() throws Exception;
    }

    /** @param what the purged rows, for the log */
    record Purge(String what, Removal removal) {}

    /** @param outbox null if the application has none */
    Housekeeping(EntenteProperties.Housekeeping settings, List<Purge> purges, @Nullable OutboxWatch outbox) {
        if (settings.interval().compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException("entente.housekeeping.interval is " + settings.interval()
                    + "; use at least 1s, or switch it off by entente.housekeeping.enabled=false");
        }
        this.settings = settings;
        this.purges = List.copyOf(purges);
        this.outbox = outbox;
    }

    /** Starts at a random time, so that instances that start together do not purge together. */
    @Override
    public synchronized void start() {
        if (threads == null) {
            ScheduledThreadPoolExecutor started = new ScheduledThreadPoolExecutor(THREADS, task -> {
                Thread thread = new Thread(task, "entente-housekeeping");
                thread.setDaemon(true);
                return thread;
            });
            if (outbox != null) {
                Future<?> unusedLooks = started.scheduleWithFixedDelay(outbox, 0, LOOK_MILLIS, TimeUnit.MILLISECONDS);
            }
            long interval = settings.interval().toMillis();
            if (settings.enabled()) {
                long first = ThreadLocalRandom.current().nextLong(interval);
                Future<?> unusedPurges =
                        started.scheduleWithFixedDelay(() -> purgeAll(started), first, interval, TimeUnit.MILLISECONDS);
            }
            threads = started;
        }
    }

    /** Interrupts a running batch: its transaction is rolled back, or was committed. */
    @Override
    public synchronized void stop() {
        if (threads != null) {
            threads.shutdownNow();
            threads = null;
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return threads != null;
    }

    private void purgeAll(ScheduledThreadPoolExecutor on) {
        purges.forEach(purge -> {
            if (!on.isShutdown()) {
                purge(on, purge.what(), purge.removal());
            }
        });
    }

    /** Logs a failure once, until a purge succeeds. Ignores a missing table, which is not in use. */
    private void purge(ScheduledThreadPoolExecutor on, String what, Removal removal) {
        try {
            long purged = removal.run();
            LOG.debug("{} old rows of {} are removed", purged, what);
            failing.remove(what);
        } catch (Exception | Error failed) { // each failure is logged, and the purge is tried again later
            if (on.isShutdown() || isMissingTable(failed) || !failing.add(what)) {
                LOG.debug("old rows of {} could not be removed", what, failed);
            } else {
                LOG.warn("old rows of {} could not be removed, trying again: {}", what, failed.getMessage(), failed);
            }
        }
    }

    static boolean isMissingTable(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql && SqlCondition.MISSING_TABLE.matchesFailure(sql)) {
                return true;
            }
        }
        return false;
    }
}
