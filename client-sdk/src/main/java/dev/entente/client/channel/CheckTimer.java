package dev.entente.client.channel;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** The clock and the timer that a {@link CheckedChannel} goes by. Thread-safe. */
interface CheckTimer {
    /** The machine's own, on a thread that all clients of a process share. */
    CheckTimer SYSTEM = new CheckTimer() {
        private static final long TICK_MILLIS = 250;

        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public void afterTick(Runnable task) {
            CompletableFuture.delayedExecutor(TICK_MILLIS, TimeUnit.MILLISECONDS, Runnable::run)
                    .execute(task);
        }
    };

    /** Returns a time that never goes back; only differences mean something. */
    long nanos();

    /** Runs a task once, a quarter of a second later. It must not block. */
    void afterTick(Runnable task);
}
