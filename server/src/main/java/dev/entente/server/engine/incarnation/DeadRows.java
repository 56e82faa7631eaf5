package dev.entente.server.engine.incarnation;

import dev.entente.server.store.OpenRow;
import dev.entente.server.store.TransactionStore;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The rows of an incarnation that was declared dead, in the order of their gids. */
final class DeadRows implements Takeover.Source {
    private final TransactionStore store;
    private final long dead;
    private String afterGid = "";
    private boolean isExhausted;

    DeadRows(TransactionStore store, long dead) {
        this.store = store;
        this.dead = dead;
    }

    @Override
    public Object identity() {
        return dead;
    }

    @Override
    public CompletableFuture<List<OpenRow>> take(int limit, long bytes) {
        return store.adopt(dead, afterGid, limit, bytes).thenApply(rows -> {
            isExhausted = rows.isEmpty(); // fewer than asked for may have been all that fitted
            rows.stream().map(OpenRow::gid).max(String::compareTo).ifPresent(last -> afterGid = last);
            return rows;
        });
    }

    @Override
    public boolean isExhausted() {
        return isExhausted;
    }

    @Override
    public boolean isFromDead() {
        return true;
    }
}
