package dev.entente.server.engine.incarnation;

import dev.entente.server.store.OpenRow;
import dev.entente.server.store.TransactionStore;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

/** The rows that nobody holds and whose time has come, bucket by bucket. */
final class DueRows extends Takeover.Source {
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
     * Tells whether the rows leave half of the bytes unused. Then there is no more, or one so large that it may as well
     * wait for the next round: nearly always this spares asking for none.
     */
    private static boolean leavesHalf(List<OpenRow> rows, long bytes) {
        return rows.stream().mapToLong(OpenRow::payloadBytes).sum() <= bytes / 2;
    }
}
