package dev.entente.server.engine.incarnation;

import dev.entente.server.engine.Engine;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.TransactionStore;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The rows that rested behind a delivery of their lane that has ended. One that does not fit in comes when its row is
 * due.
 */
final class WokenRows implements Takeover.Source {
    private final TransactionStore store;
    private final Engine engine;
    private boolean isExhausted;

    WokenRows(TransactionStore store, Engine engine) {
        this.store = store;
        this.engine = engine;
    }

    @Override
    public Object identity() {
        return WokenRows.class;
    }

    @Override
    public CompletableFuture<List<OpenRow>> take(int limit, long bytes) {
        List<String> gids = engine.takeWoken(limit);
        isExhausted = gids.size() < limit;
        return gids.isEmpty() ? CompletableFuture.completedFuture(List.of()) : store.claimResting(gids, bytes);
    }

    @Override
    public boolean isExhausted() {
        return isExhausted;
    }

    @Override
    public boolean isFromDead() {
        return false;
    }
}
