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
 * Clients that wait for a transaction's end, a bounded number of them. Thread-safe; nothing blocks.
 *
 * <p>A wheel of 20 ms ticks keeps their time: nearly every wait ends long before it is over, and setting and dropping a
 * timer there takes no lock.
 */
final class EndWaiters {
    /** Clients that wait or watch at one time. */
    private static final int MAX_WAITING = 20_000;

    private static final Duration LONGEST = Duration.ofMinutes(5);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    /** Time that an end that is being written may take before the caller is sent away. */
    private static final Duration COMMIT_PATIENCE = Duration.ofSeconds(5);

    private final Transactions transactions;
    private final AtomicInteger now = new AtomicInteger();
    private final HashedWheelTimer wheel =
            new HashedWheelTimer(new DefaultThreadFactory("entente-wait", true), 20, TimeUnit.MILLISECONDS, 512);

    EndWaiters(Transactions transactions) {
        this.transactions = transactions;
    }

    /** Returns how long a request may wait, whatever it asks for: zero to five minutes. */
    static Duration bounded(DurationOrBuilder wait) {
        if (wait.getSeconds() >= LONGEST.toSeconds()) {
            return LONGEST;
        }
        return wait.getSeconds() < 0 || wait.getNanos() < 0
                ? Duration.ZERO
                : Duration.ofSeconds(wait.getSeconds(), wait.getNanos());
    }

    /**
     * Does something for a client that waits so long, and counts it meanwhile.
     *
     * @throws Refusal ENT-001 where the wait is negative; ENT-050 where too many wait, before anything was done
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
            leave(); // no future will do so
            throw refused;
        }
    }

    /**
     * Makes room for one more client; to be given back by {@link #leave}.
     *
     * @throws Refusal ENT-050 where too many wait
     */
    void enter() {
        if (now.incrementAndGet() > MAX_WAITING) {
            now.decrementAndGet();
            throw Refusal.temporary(
                    ErrorCode.OVERLOADED,
                    "all " + MAX_WAITING
                            + " places for waiting clients are taken; submit without `wait` and ask later, or send it"
                            + " again",
                    PAUSE);
        }
    }

    void leave() {
        now.decrementAndGet();
    }

    /**
     * The transaction at rest, or as it stands when the time is over; of an end nobody is told before it is durable.
     * Whoever holds it by then is not asked, for the request would wait there once more: its row is shown.
     */
    CompletableFuture<Snapshot> rest(Snapshot snapshot, Duration wait, Interest interest) {
        if (!Watches.isTold(snapshot)) {
            Duration patience = wait.compareTo(COMMIT_PATIENCE) > 0 ? wait : COMMIT_PATIENCE;
            return forRest(snapshot.gid(), patience, interest).thenApply(EndWaiters::told);
        }
        return wait.isZero() || snapshot.isAtRest()
                ? CompletableFuture.completedFuture(snapshot)
                : forRest(snapshot.gid(), wait, interest).thenApply(EndWaiters::told);
    }

    private static Snapshot told(Snapshot snapshot) {
        if (!Watches.isTold(snapshot)) {
            throw Refusal.temporary(
                    ErrorCode.DATABASE,
                    "transaction '" + snapshot.gid()
                            + "' has ended, but the database has not confirmed it yet; ask again",
                    Duration.ofSeconds(1));
        }
        return snapshot;
    }

    private CompletableFuture<Snapshot> forRest(String gid, Duration wait, Interest interest) {
        CompletableFuture<Snapshot> end = transactions.end(gid);
        if (end.isDone()) {
            return end;
        }
        interest.awaits(end);
        Timeout timeout = wheel.newTimeout(_ -> end.cancel(false), wait.toMillis(), TimeUnit.MILLISECONDS);
        return end.whenComplete((_, _) -> timeout.cancel())
                .exceptionallyCompose(thrown -> Errors.unwrap(thrown) instanceof CancellationException
                        ? transactions.view(gid)
                        : CompletableFuture.failedFuture(thrown));
    }

    /** Runs something short later, on the wheel's thread. */
    void later(Duration delay, Runnable task) {
        var _ = wheel.newTimeout(_ -> task.run(), delay.toMillis(), TimeUnit.MILLISECONDS);
    }

    void close() {
        var _ = wheel.stop();
    }
}
