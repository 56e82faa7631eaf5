package dev.entente.server.engine.incarnation;

import dev.entente.server.engine.RestingBehind;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.TransactionStore;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The rows that rested behind a delivery of their lane that has ended. One that does not fit in comes when its row is
 * due.
 */
final class WokenRows extends Takeover.Source {
    private final RestingBehind resting;

    WokenRows(TransactionStore store, RestingBehind resting) {
        super(store, WokenRows.class, false);
        this.resting = resting;
    }

    @Override
    CompletableFuture<List<OpenRow>> take(int limit, long bytes) {
        List<String> gids = resting.take(limit);
        isExhausted = gids.size() < limit;
        return gids.isEmpty() ? CompletableFuture.completedFuture(List.of()) : store.claimResting(gids, bytes);
    }
}
