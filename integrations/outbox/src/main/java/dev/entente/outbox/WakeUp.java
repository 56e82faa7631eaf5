package dev.entente.outbox;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Lets one thread sleep until there may be something to do. A call that comes while it works is not lost. Thread-safe.
 */
final class WakeUp {
    private final Semaphore called = new Semaphore(0);

    /** Wakes the thread, or keeps it from falling asleep the next time. */
    void call() {
        if (called.availablePermits() == 0) { // two at once cost a look too many, no more
            called.release();
        }
    }

    /**
     * Blocks for that long. Returns early when called, now or since the last return.
     *
     * @return whether it was called
     */
    boolean sleep(Duration atMost) throws InterruptedException {
        boolean isCalled = called.tryAcquire(atMost.toNanos(), TimeUnit.NANOSECONDS);
        if (isCalled) {
            called.drainPermits();
        }
        return isCalled;
    }
}
