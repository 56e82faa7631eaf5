package dev.entente.client.channel;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The clock and the timer that a {@link CheckedChannel} goes by. Thread-safe. */
interface CheckTimer {
    /** The machine's own, on a thread that all clients of a process share. */
    static CheckTimer system(Duration tick) {
        return new CheckTimer() {
            @Override
            public long nanos() {
                return System.nanoTime();
            }

            @Override
            public void afterTick(Runnable task) {
                CompletableFuture.delayedExecutor(tick.toMillis(), TimeUnit.MILLISECONDS, Runnable::run)
                        .execute(task);
            }
        };
    }

    /** Returns a time that never goes back; only differences mean something. */
    long nanos();

    /** Runs a task once, a tick later. It must not block. */
    void afterTick(Runnable task);
}
