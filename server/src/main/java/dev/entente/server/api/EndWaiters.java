package dev.entente.server.api;

import com.google.protobuf.DurationOrBuilder;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.wire.Errors;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.engine.Transactions;
import io.grpc.netty.shaded.io.netty.util.HashedWheelTimer;
import io.grpc.netty.shaded.io.netty.util.Timeout;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * The clients that wait until a transaction is finished or parked, up to a limit. Thread-safe; does not block.
 *
 * <p>A timer wheel of 20 ms ticks measures the waits. Almost all waits end long before their timeout, and the wheel
 * adds and removes a timer without a lock.
 */
final class EndWaiters {
    /** The limit of clients that wait or watch concurrently. */
    private static final int MAX_WAITING = 20_000;

    private static final Duration LONGEST = Duration.ofMinutes(5);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    /** The time that the commit of a final state may take before the caller's call fails. */
    private static final Duration COMMIT_PATIENCE = Duration.ofSeconds(5);

    private final Transactions transactions;
    private final AtomicInteger now = new AtomicInteger();
    private final HashedWheelTimer wheel =
            new HashedWheelTimer(new DefaultThreadFactory("entente-wait", true), 20, TimeUnit.MILLISECONDS, 512);

    EndWaiters(Transactions transactions) {
        this.transactions = transactions;
    }

    /** Returns the requested wait, at least zero and at most five minutes. */
    static Duration bounded(DurationOrBuilder wait) {
        if (wait.getSeconds() >= LONGEST.toSeconds()) {
            return LONGEST;
        }
        return wait.getSeconds() < 0 || wait.getNanos() < 0
                ? Duration.ZERO
                : Duration.ofSeconds(wait.getSeconds(), wait.getNanos());
    }

    /**
     * Runs work for a client that waits, and counts the client meanwhile.
     *
     * @throws Refusal ENT-001 if the wait is negative; ENT-050 if too many clients wait; both before the work
     */
    <R> CompletableFuture<R> during(DurationOrBuilder wait, Function<Duration, CompletableFuture<R>> work) {
        if (wait.getSeconds() < 0 || wait.getNanos() < 0) {
            throw Filters.malformed("wait", "must not be negative; write 10s for ten seconds, at most 300s");
        }
        Duration bounded = bounded(wait);
        if (bounded.isZero()) {
            return work.apply(bounded);
        }
        enter();
        try {
            return work.apply(bounded).whenComplete((_, _) -> leave());
        } catch (RuntimeException | Error refused) {
            leave(); // there is no future to release the place
            throw refused;
        }
    }

    /**
     * Takes a place for one more client; {@link #leave} releases the place.
     *
     * @throws Refusal ENT-050 if too many clients wait
     */
    void enter() {
        if (now.incrementAndGet() > MAX_WAITING) {
            now.decrementAndGet();
            throw Refusal.temporary(
                    ErrorCode.OVERLOADED,
                    "all " + MAX_WAITING
                            + " places for waiting clients are in use; submit without `wait` and ask later, or send"
                            + " the request again",
                    PAUSE);
        }
    }

    void leave() {
        now.decrementAndGet();
    }

    /**
     * Returns the transaction at rest, or its state after the wait. A final state is returned only when durable. After
     * the wait the method reads the row, because a request to the owner would begin another wait.
     */
    CompletableFuture<Snapshot> rest(Snapshot snapshot, Duration wait, ClientPresence presence) {
        if (!Watches.isReported(snapshot)) {
            Duration patience = wait.compareTo(COMMIT_PATIENCE) > 0 ? wait : COMMIT_PATIENCE;
            return forRest(snapshot.gid(), patience, presence).thenApply(EndWaiters::reported);
        }
        return wait.isZero() || snapshot.isFinishedOrParked()
                ? CompletableFuture.completedFuture(snapshot)
                : forRest(snapshot.gid(), wait, presence).thenApply(EndWaiters::reported);
    }

    private static Snapshot reported(Snapshot snapshot) {
        if (!Watches.isReported(snapshot)) {
            throw Refusal.temporary(
                    ErrorCode.DATABASE,
                    "transaction '" + snapshot.gid()
                            + "' has finished, but the database has not confirmed the final state yet; ask again",
                    Duration.ofSeconds(1));
        }
        return snapshot;
    }

    private CompletableFuture<Snapshot> forRest(String gid, Duration wait, ClientPresence presence) {
        CompletableFuture<Snapshot> end = transactions.end(gid);
        if (end.isDone()) {
            return end;
        }
        presence.awaits(end);
        Timeout timeout = wheel.newTimeout(_ -> end.cancel(false), wait.toMillis(), TimeUnit.MILLISECONDS);
        return end.whenComplete((_, _) -> timeout.cancel())
                .exceptionallyCompose(thrown -> Errors.unwrap(thrown) instanceof CancellationException
                        ? transactions.view(gid)
                        : CompletableFuture.failedFuture(thrown));
    }

    /** Runs a task after a short delay on the wheel's thread. */
    void later(Duration delay, Runnable task) {
        var _ = wheel.newTimeout(_ -> task.run(), delay.toMillis(), TimeUnit.MILLISECONDS);
    }

    void close() {
        var _ = wheel.stop();
    }
}
