package dev.entente.server.api;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import io.grpc.Context;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * Runs work that may block (reflection, acts on many), each on a virtual thread of its own, up to a bounded number.
 * Thread-safe.
 */
final class Blocking {
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("entente-blocking-", 0).factory());
    private final Semaphore room = new Semaphore(ApiLimits.MAX_QUERIES);

    /**
     * Runs it elsewhere, in the gRPC context of the caller: what it asks of participants ends when the caller leaves.
     * ENT-050 where too much runs already.
     */
    <T> CompletableFuture<T> run(Supplier<T> work) {
        return run(work, Context.currentContextExecutor(threads));
    }

    /** Runs it elsewhere, whether or not the caller stays; ENT-050 where too much runs already. */
    <T> CompletableFuture<T> runToItsEnd(Supplier<T> work) {
        return run(work, threads);
    }

    private <T> CompletableFuture<T> run(Supplier<T> work, Executor executor) {
        if (!room.tryAcquire()) {
            return CompletableFuture.failedFuture(Refusal.temporary(
                    ErrorCode.OVERLOADED,
                    ApiLimits.MAX_QUERIES + " translations and acts on many are under way; send it again later",
                    PAUSE));
        }
        return CompletableFuture.supplyAsync(work, executor).whenComplete((_, _) -> room.release());
    }

    void close() {
        threads.shutdownNow();
    }
}
