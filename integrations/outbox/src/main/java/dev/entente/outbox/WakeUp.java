package dev.entente.outbox;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Lets one thread sleep until there may be work. A call while the thread works is not lost. Thread-safe. */
final class WakeUp {
    private final Semaphore called = new Semaphore(0);

    /** Wakes the thread, or makes its next sleep return at once. */
    void call() {
        if (called.availablePermits() == 0) { // a race of two calls costs only one extra check
            called.release();
        }
    }

    /**
     * Blocks for at most this time. Returns early if there is a call now, or was a call since the last return.
     *
     * @return whether there was a call
     */
    boolean sleep(Duration atMost) throws InterruptedException {
        boolean isCalled = called.tryAcquire(atMost.toNanos(), TimeUnit.NANOSECONDS);
        if (isCalled) {
            called.drainPermits();
        }
        return isCalled;
    }
}
