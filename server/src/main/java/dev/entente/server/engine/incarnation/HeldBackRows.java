package dev.entente.server.engine.incarnation;

import dev.entente.server.engine.Engine;
import dev.entente.server.store.DueWork;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.TransactionStore;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The rows that one participant holds back. They are as many as it would take now, and of the others those whose time
 * has come all the same.
 */
final class HeldBackRows implements Takeover.Source {
    private final TransactionStore store;
    private final Engine engine;
    private final DueWork.HeldBack heldBack;
    private boolean isExhausted;

    HeldBackRows(TransactionStore store, Engine engine, DueWork.HeldBack heldBack) {
        this.store = store;
        this.engine = engine;
        this.heldBack = heldBack;
    }

    @Override
    public Object identity() {
        return "held back by " + heldBack.participant();
    }

    @Override
    public CompletableFuture<List<OpenRow>> take(int limit, long bytes) {
        int room = engine.roomFor(heldBack.participant());
        boolean onlyDue = room == 0;
        if (onlyDue && !heldBack.isDue()) {
            isExhausted = true;
            return CompletableFuture.completedFuture(List.of());
        }
        int most = Math.min(onlyDue ? limit : room, engine.ofClaim(limit));
        return store.claimHeldBack(heldBack.participant(), onlyDue, most, bytes).thenApply(rows -> {
            isExhausted = rows.isEmpty() || onlyDue; // those that are due go on in the next round
            return rows;
        });
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
