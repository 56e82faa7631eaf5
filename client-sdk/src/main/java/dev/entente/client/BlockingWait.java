package dev.entente.client;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Waits for asynchronous calls. */
final class BlockingWait {
    private BlockingWait() {}

    /**
     * Returns the future's result. An exception gets the stack of the waiting thread, which is more useful than the
     * stack of gRPC's thread.
     *
     * @throws CoordinatorUnavailable if this thread is interrupted; the call is cancelled, and the thread stays
     *     interrupted
     */
    static <T> T await(CompletableFuture<T> future, String gid) {
        return await(future, gid, false);
    }

    /** As {@link #await}, for a call that changes nothing. */
    static <T> T read(CompletableFuture<T> future, String gid) {
        return await(future, gid, true);
    }

    private static <T> T await(CompletableFuture<T> future, String gid, boolean isRead) {
        String call = gid.isEmpty() ? "the call" : "the call for transaction '" + gid + "'";
        try {
            return future.get();
        } catch (InterruptedException interrupted) {
            future.cancel(true);
            Thread.currentThread().interrupt();
            throw CoordinatorUnavailable.brokenOff(
                    "INTERRUPTED", gid, "the thread was interrupted while it waited for " + call, isRead, interrupted);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof EntenteException known) {
                known.fillInStackTrace();
                throw known;
            }
            if (failed.getCause() instanceof IllegalArgumentException unreadable) {
                throw unreadable;
            }
            throw new IllegalStateException(call + " could not be made", failed.getCause());
        } catch (CancellationException cancelled) {
            throw CoordinatorUnavailable.brokenOff("CANCELLED", gid, call + " was cancelled", isRead, cancelled);
        }
    }
}
