package dev.entente.server.api;

import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Tells whether a client still waits for an answer: to a unary call, or to one item of a stream. Thread-safe.
 *
 * <p>When nobody does any more (cancelled, the time over, the connection broken), that ends the waiting, never the
 * transaction.
 */
final class Interest {
    private volatile @Nullable Future<?> awaited;
    private volatile boolean isOver;

    /** Cancels that future when nobody waits any more. */
    void awaits(Future<?> future) {
        awaited = future;
        if (isOver) {
            future.cancel(false);
        }
    }

    /** Tells whether nobody waits any more. */
    boolean isOver() {
        return isOver;
    }

    void end() {
        isOver = true;
        Future<?> future = awaited;
        if (future != null) {
            future.cancel(false);
        }
    }
}
