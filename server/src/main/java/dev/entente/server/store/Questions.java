package dev.entente.server.store;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Asks the database on virtual threads, which may block, and answers on the executor it was given. Thread-safe. */
public final class Questions implements AutoCloseable {
    private static final long MOST_NANOS =
            Duration.ofSeconds(QuestionLimit.MOST_SECONDS).toNanos();

    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("entente-read-", 0).factory());
    private final RefusedQuestions refusals = new RefusedQuestions(System::nanoTime);
    private final Executor results;
    private final @Nullable QuestionLimit limit;

    /** Asks what coordinators ask for all that they hold, which waits for nobody. */
    public Questions(Executor results) {
        this(results, null);
    }

    /** @param limit of people's questions, or of those about single rows */
    public Questions(Executor results, @Nullable QuestionLimit limit) {
        this.results = results;
        this.limit = limit;
    }

    /**
     * Answers in any case. A question that is not answered would keep whoever asks again and again, such as claims and
     * renewals, from ever asking another.
     *
     * @return fails with {@link StoreUnavailable} where the database does not answer or refuses for the moment,
     *     {@link StoreOverloaded} beyond the limit, {@link QuestionTimedOut} where a list took too long, else
     *     {@link StoreFailure}
     */
    public <T extends @Nullable Object> CompletableFuture<T> ask(Supplier<T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        try {
            threads.execute(() -> {
                try {
                    T found = limit == null ? carriedOut(question) : limit.within(() -> carriedOut(question));
                    results.execute(() -> answer.complete(found));
                } catch (RuntimeException | Error e) {
                    fail(answer, e);
                }
            });
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(new StoreUnavailable("the store is closed", e));
        } catch (RuntimeException | Error e) {
            fail(answer, e); // no thread could be made, for instance
        }
        return answer;
    }

    private <T extends @Nullable Object> T carriedOut(Supplier<T> question) {
        long began = System.nanoTime();
        try {
            return question.get();
        } catch (RuntimeException e) {
            long took = System.nanoTime() - began;
            if (DatabaseFault.isTimeout(e) && limit != null && limit.isOfPeople() && took >= MOST_NANOS) {
                throw new QuestionTimedOut(e);
            }
            refusals.met(e);
            throw e;
        }
    }

    private void fail(CompletableFuture<?> answer, Throwable thrown) {
        RuntimeException cause = failure(thrown);
        try {
            results.execute(() -> answer.completeExceptionally(cause));
        } catch (RuntimeException | Error _) {
            answer.completeExceptionally(cause);
        }
    }

    /** Translates a failure for the caller. */
    public static RuntimeException failure(Throwable e) {
        return switch (e) {
            case StoreOverloaded overloaded -> overloaded;
            case StoreUnavailable unavailable -> unavailable;
            case QuestionTimedOut timedOut -> timedOut;
            case Error defect -> new StoreFailure("unexpected error in a query: " + defect, defect);
            default -> failureOf(e);
        };
    }

    private static RuntimeException failureOf(Throwable e) {
        if (DatabaseFault.isRefusedForNow(e)) {
            return new StoreUnavailable("the database refuses for the moment", e);
        }
        return DatabaseFault.isUnavailable(e)
                ? new StoreUnavailable("the database does not answer", e)
                : new StoreFailure("a query failed: " + e.getMessage(), e);
    }

    /** Does not wait for questions under way: their connections end with the pool. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
