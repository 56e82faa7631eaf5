package dev.entente.server.api;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;

/**
 * The state of a client's wait for a response: to a unary call, or to one item of a stream. Thread-safe.
 *
 * <p>When the client no longer waits (cancelled, timed out, disconnected), only the wait ends. The transaction
 * continues.
 */
final class ClientPresence {
    private final CompletableFuture<Void> over = new CompletableFuture<>();

    /** Cancels the future when the client no longer waits. */
    void awaits(Future<?> future) {
        var _ = over.thenRun(() -> future.cancel(false));
    }

    /** Returns whether the client no longer waits. */
    boolean isOver() {
        return over.isDone();
    }

    void end() {
        over.complete(null);
    }
}
