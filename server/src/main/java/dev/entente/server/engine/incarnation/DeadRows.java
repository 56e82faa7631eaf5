package dev.entente.server.engine.incarnation;

import dev.entente.server.store.OpenRow;
import dev.entente.server.store.TransactionStore;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The rows of an incarnation that was declared dead, in the order of their gids. */
final class DeadRows extends Takeover.Source {
    private final long dead;
    private String afterGid = "";

    DeadRows(TransactionStore store, long dead) {
        super(store, dead, true);
        this.dead = dead;
    }

    @Override
    CompletableFuture<List<OpenRow>> take(int limit, long bytes) {
        return store.adopt(dead, afterGid, limit, bytes).thenApply(rows -> {
            isExhausted = rows.isEmpty(); // fewer than asked for may have been all that fitted
            rows.stream().map(OpenRow::gid).max(String::compareTo).ifPresent(last -> afterGid = last);
            return rows;
        });
    }
}
