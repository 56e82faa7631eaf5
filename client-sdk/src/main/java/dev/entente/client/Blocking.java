package dev.entente.client;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Waits for what runs by itself. */
final class Blocking {
    private Blocking() {}

    /**
     * The future's result, or its exception with the waiting thread's stack, which tells more than that of a thread of
     * gRPC's.
     *
     * @throws CoordinatorUnavailable if this thread is interrupted; the call is cancelled, and the thread stays
     *     interrupted
     */
    static <T> T await(CompletableFuture<T> future, String gid) {
        try {
            return future.get();
        } catch (InterruptedException interrupted) {
            future.cancel(true);
            Thread.currentThread().interrupt();
            throw new CoordinatorUnavailable(
                    "INTERRUPTED",
                    gid,
                    "the thread was interrupted while it waited for transaction '" + gid
                            + "'; what was asked may have been done",
                    interrupted);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof EntenteException known) {
                known.fillInStackTrace();
                throw known;
            }
            throw new IllegalStateException(
                    "the call for transaction '" + gid + "' could not be made", failed.getCause());
        } catch (CancellationException cancelled) {
            throw new CoordinatorUnavailable(
                    "CANCELLED",
                    gid,
                    "the call for transaction '" + gid + "' was cancelled; it may have been done",
                    cancelled);
        }
    }
}
