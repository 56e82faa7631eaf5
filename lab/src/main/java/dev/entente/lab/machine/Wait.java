package dev.entente.lab.machine;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Waits for what another process does. */
public final class Wait {
    private static final Duration PAUSE = Duration.ofMillis(10);

    private Wait() {}

    /** Blocks for so long. */
    public static void pause(Duration length) throws InterruptedException {
        LockSupport.parkNanos(length.toNanos());
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    /** Blocks until {@code condition} holds; answers false where it does not within {@code limit}. */
    public static boolean until(Duration limit, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + limit.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > end) {
                return false;
            }
            pause(PAUSE);
        }
        return true;
    }
}
