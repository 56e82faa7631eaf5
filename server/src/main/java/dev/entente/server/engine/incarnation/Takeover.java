package dev.entente.server.engine.incarnation;

import dev.entente.server.engine.Callbacks;
import dev.entente.server.engine.Engine;
import dev.entente.server.engine.EngineEnvironment;
import dev.entente.server.engine.ParticipantShares;
import dev.entente.server.store.DueWork;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.TransactionStore;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The loading of rows into memory. The first batch is small, so that its calls leave while the next rows are read.
 * Later batches are larger, and follow the pace at which transactions end here. The caller waits only until there is
 * enough work; further rows follow later.
 */
final class Takeover {
    private static final int FIRST_BATCH = 8;
    /** The maximum bytes of one batch. Several copies of a batch exist while it is read. */
    private static final long MAX_BYTES = 16 << 20;

    private static final Duration POLL_INTERVAL = Duration.ofMillis(50);
    /** The time between two checks whether enough work has ended here. */
    private static final Duration PACE = Duration.ofMillis(10);

    private final Engine.Intake intake;
    private final EngineEnvironment environment;
    private final int batch;
    private final Consumer<Throwable> onFailureBehind;
    private final Set<Object> inProgress = ConcurrentHashMap.newKeySet();

    /** A source of rows, which is asked for one batch after another. */
    abstract static class Source {
        final TransactionStore store;
        /**
         * The key of a takeover. While a takeover runs, no second takeover with an equal key begins, because it would
         * take the same rows.
         */
        final Object identity;
        /** True if the owner of the rows died, so that its calls are not known. */
        final boolean isFromDead;

        boolean isExhausted;

        Source(TransactionStore store, Object identity, boolean isFromDead) {
            this.store = store;
            this.identity = identity;
            this.isFromDead = isFromDead;
        }

        /**
         * Returns up to that many rows, claimed for this incarnation. Fewer or no rows do not mean that no more exist.
         *
         * @param bytes the maximum payload of the rows together; a single row may exceed it
         */
        abstract CompletableFuture<List<OpenRow>> take(int limit, long bytes);
    }

    /** The due rows without an owner, bucket by bucket. */
    static final class DueRows extends Source {
        private final Queue<Integer> buckets;

        DueRows(TransactionStore store, Collection<Integer> buckets) {
            super(store, DueRows.class, false);
            this.buckets = new ArrayDeque<>(buckets);
            this.isExhausted = buckets.isEmpty();
        }

        @Override
        CompletableFuture<List<OpenRow>> take(int limit, long bytes) {
            return store.claimDue(buckets.element(), limit, bytes).thenApply(rows -> {
                if (rows.isEmpty() || (rows.size() < limit && leavesHalf(rows, bytes))) {
                    buckets.remove();
                    isExhausted = buckets.isEmpty();
                }
                return rows;
            });
        }

        /**
         * Returns whether the rows use at most half of the bytes. Then the bucket has no more due rows, or the next
         * row is so large that it can wait for a later round. This check nearly always avoids an empty claim.
         */
        private static boolean leavesHalf(List<OpenRow> rows, long bytes) {
            return rows.stream().mapToLong(OpenRow::payloadBytes).sum() <= bytes / 2;
        }
    }

    /**
     * The rows that one participant holds back: as many as the participant would take now, and otherwise only the due
     * rows.
     */
    static final class HeldBackRows extends Source {
        private final ParticipantShares shares;
        private final DueWork.HeldBack heldBack;

        HeldBackRows(TransactionStore store, ParticipantShares shares, DueWork.HeldBack heldBack) {
            super(store, "held back by " + heldBack.participant(), false);
            this.shares = shares;
            this.heldBack = heldBack;
        }

        @Override
        CompletableFuture<List<OpenRow>> take(int limit, long bytes) {
            int capacity = shares.capacity(heldBack.participant());
            boolean onlyDue = capacity == 0;
            if (onlyDue && !heldBack.isDue()) {
                isExhausted = true;
                return CompletableFuture.completedFuture(List.of());
            }
            int most = Math.min(onlyDue ? limit : capacity, shares.ofClaim(limit));
            return store.claimHeldBack(heldBack.participant(), onlyDue, most, bytes)
                    .thenApply(rows -> {
                        isExhausted = rows.isEmpty() || onlyDue; // the other due rows follow in the next round
                        return rows;
                    });
        }
    }

    /** The rows of an incarnation that was declared dead, in the order of their gids. */
    static final class DeadRows extends Source {
        private final long dead;
        private String afterGid = "";

        DeadRows(TransactionStore store, long dead) {
            super(store, dead, true);
            this.dead = dead;
        }

        @Override
        CompletableFuture<List<OpenRow>> take(int limit, long bytes) {
            return store.adopt(dead, afterGid, limit, bytes).thenApply(rows -> {
                isExhausted = rows.isEmpty(); // fewer rows than requested may be all that fitted
                rows.stream().map(OpenRow::gid).max(String::compareTo).ifPresent(last -> afterGid = last);
                return rows;
            });
        }
    }

    /** @param onFailureBehind receives the failure of a takeover after its caller has stopped waiting */
    Takeover(Engine.Intake intake, EngineEnvironment environment, int batch, Consumer<Throwable> onFailureBehind) {
        this.intake = intake;
        this.environment = environment;
        this.batch = batch;
        this.onFailureBehind = onFailureBehind;
    }

    /**
     * Begins a takeover, unless an equal one is running. The future completes once there is enough work or the source
     * is exhausted. It returns the number of taken rows, or an earlier failure.
     */
    CompletableFuture<Integer> begin(Source source) {
        if (!inProgress.add(source.identity)) {
            return CompletableFuture.completedFuture(0);
        }
        CompletableFuture<Integer> enough = new CompletableFuture<>();
        Callbacks.when(Callbacks.of(() -> more(source, 0, enough)), (sum, failure) -> {
            inProgress.remove(source.identity);
            if (failure == null) {
                enough.complete(sum);
            } else if (!enough.completeExceptionally(failure)) {
                onFailureBehind.accept(failure);
            }
        });
        return enough;
    }

    private CompletableFuture<Integer> more(Source source, int sum, CompletableFuture<Integer> enough) {
        if (!intake.opening().isTaking() || source.isExhausted) {
            return CompletableFuture.completedFuture(sum);
        }
        int limit = Math.min(
                Math.min(batch, Math.max(FIRST_BATCH, sum)), intake.shares().capacityToClaim());
        if (limit == 0) {
            enough.complete(sum);
            return capacity(source).thenCompose(_ -> more(source, sum, enough));
        }
        long bytes = intake.memory().reserve(MAX_BYTES);
        return Callbacks.of(() -> source.take(limit, Math.max(1, bytes)))
                .thenApply(rows -> installed(source, rows))
                .whenComplete((_, _) -> intake.memory().release(bytes))
                .thenCompose(count -> next(source, sum + count, enough));
    }

    private int installed(Source source, List<OpenRow> rows) {
        rows.forEach(row -> intake.opening().install(row, source.isFromDead));
        environment.metrics().adopted(rows.size());
        return rows.size();
    }

    private CompletableFuture<Integer> next(Source source, int taken, CompletableFuture<Integer> enough) {
        if (taken >= 2 * batch) {
            enough.complete(taken);
        }
        return source.isExhausted
                ? CompletableFuture.completedFuture(taken)
                : paced().thenCompose(_ -> more(source, taken, enough));
    }

    /**
     * Completes when more rows should be taken. It waits while there is enough work here and transactions end. A row
     * that waits in memory behind thousands of others would only cost a flush of its progress. If no work ends, for
     * example because a participant hangs, the takeover does not wait.
     */
    private CompletableFuture<Void> paced() {
        CompletableFuture<Void> more = new CompletableFuture<>();
        pace(more, Integer.MAX_VALUE);
        return more;
    }

    private void pace(CompletableFuture<Void> more, int before) {
        int open = intake.memory().open();
        if (open <= 2 * batch || open >= before) {
            more.complete(null);
        } else {
            environment.timers().schedule(PACE, () -> pace(more, open));
        }
    }

    /**
     * Completes when there is capacity, or when no rows are taken any more. No other code takes the rest of the source.
     * Meanwhile {@code DeliveryOrder} can see that these rows wait for capacity.
     */
    private CompletableFuture<Void> capacity(Source source) {
        CompletableFuture<Void> capacity = new CompletableFuture<>();
        intake.memory().waitsForCapacity(source.identity);
        recheck(capacity);
        return capacity.whenComplete((_, _) -> intake.memory().goesOn(source.identity));
    }

    private void recheck(CompletableFuture<Void> capacity) {
        environment.timers().schedule(POLL_INTERVAL, () -> {
            if (intake.shares().capacityToClaim() > 0 || !intake.opening().isTaking()) {
                capacity.complete(null);
            } else {
                recheck(capacity);
            }
        });
    }
}
