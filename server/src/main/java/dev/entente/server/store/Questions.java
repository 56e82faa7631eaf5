package dev.entente.server.store;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks the database on virtual threads, which may block, and answers on the executor it was given. So many questions of
 * people, or about single rows, are under way at one time that connections are left to claims and takeovers.
 * Thread-safe.
 */
public final class Questions implements AutoCloseable {
    /** The most seconds of a list or a count, after which it fails. */
    public static final int MOST_SECONDS = 10;

    private static final Logger LOG = LoggerFactory.getLogger(Questions.class);
    /** The time between two lines that say why the database does not answer, which whoever asks is not told. */
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(10);

    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("entente-read-", 0).factory());
    private final AtomicLong toldNanos = new AtomicLong(System.nanoTime() - BETWEEN_LINES.toNanos());
    private final Executor results;
    private final @Nullable Limit limit;

    /**
     * Room for so many at one time.
     *
     * @param isOfPeople whether people ask these, who may ask for less
     * @param full tells whoever waits for longer than the patience that there was no room
     */
    private record Limit(Semaphore room, Duration patience, boolean isOfPeople, Supplier<RuntimeException> full) {
        void enter() {
            try {
                if (!room.tryAcquire(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw full.get();
                }
            } catch (InterruptedException closed) {
                Thread.currentThread().interrupt();
                throw new StoreUnavailable("the store is closed", closed);
            }
        }
    }

    /** Asks what coordinators ask for all that they hold, which waits for nobody. */
    public Questions(Executor results) {
        this(results, null);
    }

    private Questions(Executor results, @Nullable Limit limit) {
        this.results = results;
        this.limit = limit;
    }

    /**
     * Asks what people ask, at most half of the pool's connections at one time.
     *
     * @param most at one time, if that is fewer; at least one is allowed
     * @param settings of the pool, and of how long a question beyond waits
     */
    public static Questions ofPeople(Executor results, int most, DatabaseSettings settings) {
        int allowed = Math.max(1, Math.min(most, settings.poolSize() / 2));
        Supplier<RuntimeException> full = () -> new StoreOverloaded(
                allowed + " lists and counts are under way, which is half of database.pool, or " + most);
        return new Questions(results, new Limit(new Semaphore(allowed, true), settings.patience(), true, full));
    }

    /**
     * Asks about single rows, at most three quarters of the pool's connections at one time. After an outage there are
     * as many at once as there are clients and deliveries that wait, and what nobody claims meanwhile only makes them
     * more.
     *
     * @param settings of the pool, of at least two connections, and of how long a question beyond waits
     */
    public static Questions ofRows(Executor results, DatabaseSettings settings) {
        int allowed = settings.poolSize() - Math.max(1, settings.poolSize() / 4);
        Supplier<RuntimeException> full = () -> new StoreUnavailable(
                "the database does not answer in time: " + allowed + " rows are being read already", null);
        return new Questions(results, new Limit(new Semaphore(allowed, true), settings.patience(), false, full));
    }

    /**
     * Asks what strangers may have asked, a few at one time.
     *
     * @param most at one time, if a quarter of the pool's connections is not fewer; at least one is allowed
     * @param settings of the pool, and of how long a question beyond waits
     */
    public static Questions ofStrangers(Executor results, int most, DatabaseSettings settings) {
        int allowed = Math.max(1, Math.min(most, settings.poolSize() / 4));
        Supplier<RuntimeException> full = () -> new StoreUnavailable(
                "the database does not answer in time: " + allowed + " questions of strangers are asked already", null);
        return new Questions(results, new Limit(new Semaphore(allowed, true), settings.patience(), false, full));
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
                    T found = limit == null ? carriedOut(question) : within(limit, question);
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

    private <T extends @Nullable Object> T within(Limit wanted, Supplier<T> question) {
        wanted.enter();
        try {
            return carriedOut(question);
        } finally {
            wanted.room().release();
        }
    }

    private <T extends @Nullable Object> T carriedOut(Supplier<T> question) {
        long began = System.nanoTime();
        try {
            return question.get();
        } catch (RuntimeException e) {
            long took = System.nanoTime() - began;
            boolean isOfPeople = limit != null && limit.isOfPeople();
            if (isOfPeople && DatabaseFault.isTimeout(e) && took >= TimeUnit.SECONDS.toNanos(MOST_SECONDS)) {
                throw new QuestionTimedOut(e);
            }
            tell(e);
            throw e;
        }
    }

    private void tell(RuntimeException failure) {
        long now = System.nanoTime();
        long told = toldNanos.get();
        boolean isTime = DatabaseFault.isUnavailable(failure) && now - told >= BETWEEN_LINES.toNanos();
        if (isTime && toldNanos.compareAndSet(told, now)) {
            LOG.warn("the database does not answer queries: {}", DatabaseFault.serversLine(failure));
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
