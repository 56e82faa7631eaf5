package dev.entente.server.engine.incarnation;

import dev.entente.server.engine.ParticipantShares;
import dev.entente.server.store.DueWork;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.TransactionStore;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The rows that one participant holds back. They are as many as it would take now, and of the others those whose time
 * has come all the same.
 */
final class HeldBackRows extends Takeover.Source {
    private final ParticipantShares shares;
    private final DueWork.HeldBack heldBack;

    HeldBackRows(TransactionStore store, ParticipantShares shares, DueWork.HeldBack heldBack) {
        super(store, "held back by " + heldBack.participant(), false);
        this.shares = shares;
        this.heldBack = heldBack;
    }

    @Override
    CompletableFuture<List<OpenRow>> take(int limit, long bytes) {
        int room = shares.room(heldBack.participant());
        boolean onlyDue = room == 0;
        if (onlyDue && !heldBack.isDue()) {
            isExhausted = true;
            return CompletableFuture.completedFuture(List.of());
        }
        int most = Math.min(onlyDue ? limit : room, shares.ofClaim(limit));
        return store.claimHeldBack(heldBack.participant(), onlyDue, most, bytes).thenApply(rows -> {
            isExhausted = rows.isEmpty() || onlyDue; // those that are due go on in the next round
            return rows;
        });
    }
}
