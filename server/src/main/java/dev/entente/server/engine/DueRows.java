package dev.entente.server.engine;

import dev.entente.server.store.OpenRow;
import dev.entente.server.store.TransactionStore;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;

/** The rows that nobody holds and whose time has come, bucket by bucket. */
final class DueRows implements Takeover.Source {
    private final TransactionStore store;
    private final Queue<Integer> buckets;

    DueRows(TransactionStore store, Collection<Integer> buckets) {
        this.store = store;
        this.buckets = new ArrayDeque<>(buckets);
    }

    @Override
    public Object identity() {
        return DueRows.class;
    }

    @Override
    public CompletableFuture<List<OpenRow>> take(int limit) {
        return store.claimDue(buckets.element(), limit).thenApply(rows -> {
            if (rows.size() < limit) {
                buckets.remove();
            }
            return rows;
        });
    }

    @Override
    public boolean isExhausted() {
        return buckets.isEmpty();
    }

    @Override
    public boolean isFromDead() {
        return false;
    }
}
