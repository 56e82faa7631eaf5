package dev.entente.server.api;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/**
 * Tells whether a client still waits for an answer: to a unary call, or to one item of a stream. Thread-safe.
 *
 * <p>When nobody does any more (cancelled, the time over, the connection broken), that ends the waiting, never the
 * transaction.
 */
final class Interest {
    private final CompletableFuture<Void> over = new CompletableFuture<>();

    /** Cancels that future when nobody waits any more. */
    void awaits(Future<?> future) {
        var _ = over.thenRun(() -> future.cancel(false));
    }

    /** Tells whether nobody waits any more. */
    boolean isOver() {
        return over.isDone();
    }

    void end() {
        over.complete(null);
    }
}
