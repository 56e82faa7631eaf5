package dev.entente.server.store;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Asks the database on virtual threads, which may block, and answers on the executor it was given. Thread-safe. */
final class Questions implements AutoCloseable {
    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("entente-read-", 0).factory());
    private final Executor results;
    private final @Nullable QuestionLimit limit;

    /** Of coordinators, which wait for nobody. */
    Questions(Executor results) {
        this(results, null);
    }

    /** @param limit of people's questions */
    Questions(Executor results, @Nullable QuestionLimit limit) {
        this.results = results;
        this.limit = limit;
    }

    /** Errors of a database that does not answer become {@link StoreUnavailable}; {@link StoreOverloaded} beyond the limit. */
    <T extends @Nullable Object> CompletableFuture<T> ask(Supplier<T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        try {
            threads.execute(() -> {
                try {
                    T found = limit == null ? question.get() : limit.within(question);
                    results.execute(() -> answer.complete(found));
                } catch (RuntimeException e) {
                    fail(answer, e);
                }
            });
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(new StoreUnavailable("the store is closed", e));
        }
        return answer;
    }

    private void fail(CompletableFuture<?> answer, RuntimeException e) {
        RuntimeException cause = e instanceof StoreOverloaded || e instanceof StoreUnavailable ? e : failure(e);
        try {
            results.execute(() -> answer.completeExceptionally(cause));
        } catch (RejectedExecutionException _) {
            answer.completeExceptionally(cause);
        }
    }

    /** What it means to whoever asked. */
    static RuntimeException failure(Exception e) {
        return Fault.isTimeout(e)
                ? new QuestionTimedOut(e)
                : Fault.isUnavailable(e)
                        ? new StoreUnavailable("the database does not answer: " + e.getMessage(), e)
                        : new StoreFailure("a question to the database failed: " + e.getMessage(), e);
    }

    /** Does not wait for questions under way: their connections end with the pool. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
