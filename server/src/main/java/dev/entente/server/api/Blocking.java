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

/** Runs work that may block (reflection, bulk operations) on a virtual thread per task, up to a limit. Thread-safe. */
final class Blocking {
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("entente-blocking-", 0).factory());
    private final Semaphore capacity = new Semaphore(ApiLimits.MAX_QUERIES);

    /**
     * Runs the work on another thread in the caller's gRPC context: calls to participants are cancelled with the
     * caller's call. Fails with ENT-050 at the limit.
     */
    <T> CompletableFuture<T> run(Supplier<T> work) {
        return run(work, Context.currentContextExecutor(threads));
    }

    /** Runs the work on another thread, independently of the caller's call; fails with ENT-050 at the limit. */
    <T> CompletableFuture<T> runToItsEnd(Supplier<T> work) {
        return run(work, threads);
    }

    private <T> CompletableFuture<T> run(Supplier<T> work, Executor executor) {
        if (!capacity.tryAcquire()) {
            return CompletableFuture.failedFuture(Refusal.temporary(
                    ErrorCode.OVERLOADED,
                    ApiLimits.MAX_QUERIES + " translations and bulk operations are in progress; send the request again"
                            + " later",
                    PAUSE));
        }
        return CompletableFuture.supplyAsync(work, executor).whenComplete((_, _) -> capacity.release());
    }

    void close() {
        threads.shutdownNow();
    }
}
