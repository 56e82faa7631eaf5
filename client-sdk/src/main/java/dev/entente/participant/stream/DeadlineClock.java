package dev.entente.participant.stream;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs what is due at a call's deadline, on one daemon thread that ends where nothing is due for a while. Thread-safe.
 *
 * <p>Nearly every deadline is taken back long before it is due. Were it the first in the queue, its coming alone would
 * wake the thread, for nothing, at nearly each call; so a task that does nothing, and is not taken back, stands before
 * them.
 */
final class DeadlineClock extends ScheduledThreadPoolExecutor {
    private static final long FIRST_MILLIS = 100;

    private final AtomicBoolean hasFirst = new AtomicBoolean();

    DeadlineClock() {
        super(1, task -> {
            Thread thread = new Thread(task, "entente-stream-deadlines");
            thread.setDaemon(true);
            return thread;
        });
        setRemoveOnCancelPolicy(true);
        setKeepAliveTime(10, TimeUnit.SECONDS);
        allowCoreThreadTimeOut(true);
    }

    @Override
    public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
        if (!hasFirst.get() && unit.toMillis(delay) > FIRST_MILLIS && hasFirst.compareAndSet(false, true)) {
            ScheduledFuture<?> unused = super.schedule(() -> hasFirst.set(false), FIRST_MILLIS, TimeUnit.MILLISECONDS);
        }
        return super.schedule(task, delay, unit);
    }
}
