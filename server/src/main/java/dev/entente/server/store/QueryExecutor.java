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
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The execution of queries on virtual threads, which may block; results go to the given executor. The number of
 * concurrent queries of people, or about single rows, is limited, so that claims and takeovers have connections.
 * Thread-safe.
 */
public final class QueryExecutor implements AutoCloseable {
    /** The maximum seconds of a list or a count, after which it fails. */
    public static final int MAX_SECONDS = 10;

    /** The maximum seconds of a statement of the current query. */
    private static final ScopedValue<Integer> SECONDS = ScopedValue.newInstance();

    private static final Logger LOG = LoggerFactory.getLogger(QueryExecutor.class);
    /** The time between two log lines with the reason of an unavailable database, which callers do not get. */
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(10);

    private final ExecutorService threads = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("entente-read-", 0).factory());
    private final AtomicLong reportedNanos = new AtomicLong(System.nanoTime() - BETWEEN_LINES.toNanos());
    private final Executor results;
    private final @Nullable Limit limit;

    /**
     * The limit of concurrent queries.
     *
     * @param secondsLeft returns, on the caller's thread, how many seconds the caller waits; null for queries that are
     *     not for people
     * @param full creates the failure of a query that waited longer than the timeout
     */
    private record Limit(
            Semaphore capacity, Duration timeout, @Nullable IntSupplier secondsLeft, Supplier<RuntimeException> full) {
        void enter() {
            try {
                if (!capacity.tryAcquire(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                    throw full.get();
                }
            } catch (InterruptedException closed) {
                Thread.currentThread().interrupt();
                throw new StoreUnavailable("the store is closed", closed);
            }
        }
    }

    /** Creates an executor without a limit, for queries of coordinators about all their rows. */
    public QueryExecutor(Executor results) {
        this(results, null);
    }

    private QueryExecutor(Executor results, @Nullable Limit limit) {
        this.results = results;
        this.limit = limit;
    }

    /**
     * Returns an executor for queries of people, one at a time per connection of {@link Database#forPeople}.
     *
     * @param settings define how long a further query waits
     * @param secondsLeft returns, on the caller's thread, how many seconds the caller waits; no statement takes longer
     */
    public static QueryExecutor forUserQueries(Executor results, DatabaseSettings settings, IntSupplier secondsLeft) {
        return limited(results, Database.PEOPLES_CONNECTIONS, settings, secondsLeft);
    }

    /**
     * Returns an executor for queries that actions of people need, with at most half of the pool's connections. Lists
     * and counts do not delay these queries.
     *
     * @param most the maximum of concurrent queries, if it is lower; at least one query is allowed
     * @param settings define the pool, and how long a further query waits
     */
    public static QueryExecutor ofActs(Executor results, int most, DatabaseSettings settings) {
        return limited(results, Math.max(1, Math.min(most, settings.poolSize() / 2)), settings, () -> MAX_SECONDS);
    }

    private static QueryExecutor limited(
            Executor results, int allowed, DatabaseSettings settings, IntSupplier secondsLeft) {
        Supplier<RuntimeException> full =
                () -> new StoreOverloaded(allowed + " queries of clients are in progress, which is the limit");
        return new QueryExecutor(
                results, new Limit(new Semaphore(allowed, true), settings.timeout(), secondsLeft, full));
    }

    /**
     * Returns an executor for queries about single rows, with at most three quarters of the pool's connections. After
     * an outage all waiting clients and deliveries ask at once. If these queries use all connections, no rows are
     * claimed, and the number of these queries only grows.
     *
     * @param settings define the pool, of at least two connections, and how long a further query waits
     */
    public static QueryExecutor ofRows(Executor results, DatabaseSettings settings) {
        int allowed = settings.poolSize() - Math.max(1, settings.poolSize() / 4);
        Supplier<RuntimeException> full = () -> new StoreUnavailable(
                "the database does not respond in time: " + allowed + " reads of rows are in progress, which is the"
                        + " limit",
                null);
        return new QueryExecutor(results, new Limit(new Semaphore(allowed, true), settings.timeout(), null, full));
    }

    /**
     * Returns an executor for a few concurrent queries that unauthenticated callers can cause.
     *
     * @param most the maximum of concurrent queries, if it is lower than a quarter of the pool's connections; at least
     *     one query is allowed
     * @param settings define the pool, and how long a further query waits
     */
    public static QueryExecutor forUnauthenticated(Executor results, int most, DatabaseSettings settings) {
        int allowed = Math.max(1, Math.min(most, settings.poolSize() / 4));
        Supplier<RuntimeException> full = () -> new StoreUnavailable(
                "the database does not respond in time: " + allowed + " queries of unauthenticated callers are in"
                        + " progress, which is the limit",
                null);
        return new QueryExecutor(results, new Limit(new Semaphore(allowed, true), settings.timeout(), null, full));
    }

    /**
     * Runs a query and always completes the future. A future without an answer would stop callers that ask repeatedly,
     * such as claims and renewals.
     *
     * @return fails with {@link StoreUnavailable} if the database does not answer or refuses for now; {@link
     *     StoreOverloaded} beyond the limit; {@link QueryTimedOut} if a list took too long; otherwise {@link
     *     StoreFailure}
     */
    public <T extends @Nullable Object> CompletableFuture<T> ask(Supplier<T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        int seconds = secondsLeft();
        try {
            threads.execute(() -> {
                try {
                    T found = limit == null ? carriedOut(question, seconds) : within(limit, question, seconds);
                    results.execute(() -> answer.complete(found));
                } catch (RuntimeException | Error e) {
                    fail(answer, e);
                }
            });
        } catch (RejectedExecutionException e) {
            answer.completeExceptionally(new StoreUnavailable("the store is closed", e));
        } catch (RuntimeException | Error e) {
            fail(answer, e); // for example, no thread could be created
        }
        return answer;
    }

    private int secondsLeft() {
        IntSupplier left = limit == null ? null : limit.secondsLeft();
        return left == null ? MAX_SECONDS : Math.clamp(left.getAsInt(), 1, MAX_SECONDS);
    }

    /** Returns the maximum seconds of a statement of the current query, at least one. */
    static int mostSeconds() {
        return SECONDS.orElse(MAX_SECONDS);
    }

    private <T extends @Nullable Object> T within(Limit wanted, Supplier<T> question, int seconds) {
        wanted.enter();
        try {
            return carriedOut(question, seconds);
        } finally {
            wanted.capacity().release();
        }
    }

    private <T extends @Nullable Object> T carriedOut(Supplier<T> question, int seconds) {
        long began = System.nanoTime();
        try {
            return ScopedValue.where(SECONDS, seconds).call(question::get);
        } catch (RuntimeException e) {
            long took = System.nanoTime() - began;
            boolean isOfPeople = limit != null && limit.secondsLeft() != null;
            if (isOfPeople && DatabaseFault.isTimeout(e) && took >= TimeUnit.SECONDS.toNanos(seconds)) {
                throw new QueryTimedOut(seconds, e);
            }
            report(e);
            throw e;
        }
    }

    private void report(RuntimeException failure) {
        long now = System.nanoTime();
        long reported = reportedNanos.get();
        boolean isTime = DatabaseFault.isUnavailable(failure) && now - reported >= BETWEEN_LINES.toNanos();
        if (isTime && reportedNanos.compareAndSet(reported, now)) {
            LOG.warn("the database does not respond to queries: {}", DatabaseFault.serversLine(failure));
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
            case QueryTimedOut timedOut -> timedOut;
            case Error defect -> new StoreFailure("unexpected error in a query: " + defect, defect);
            default -> failureOf(e);
        };
    }

    private static RuntimeException failureOf(Throwable e) {
        if (DatabaseFault.isRefusedForNow(e)) {
            return new StoreUnavailable("the database rejects requests temporarily", e);
        }
        return DatabaseFault.isUnavailable(e)
                ? new StoreUnavailable("the database does not respond", e)
                : new StoreFailure("a query failed: " + e.getMessage(), e);
    }

    /** Stops without waiting for running queries: their connections end with the pool. */
    @Override
    public void close() {
        threads.shutdownNow();
    }
}
