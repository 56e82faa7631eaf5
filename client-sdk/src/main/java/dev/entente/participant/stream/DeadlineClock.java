package dev.entente.participant.stream;

import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs tasks at a call's deadline, on one daemon thread that ends after 10 s without a task. Thread-safe.
 *
 * <p>Nearly every deadline is cancelled long before it expires. Without other tasks, the deadline of nearly each new
 * call would be the first in the queue, and would wake the thread without need. Therefore this class keeps a task
 * without effect before the deadlines; this task is never cancelled.
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
