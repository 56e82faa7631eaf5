package dev.entente.simulation;

import dev.entente.server.store.OpenRow;
import dev.entente.server.store.StoreUnavailable;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Claims that are executed but not answered: in some runs, half of all claims. Their coordinator does not know that it
 * owns the rows.
 */
final class UnansweredClaims {
    private final boolean isModelled;
    private final Random random;
    private final Consumer<OpenRow> unanswered;

    /** @param unanswered receives each row of these claims, as it was claimed */
    UnansweredClaims(long seed, Consumer<OpenRow> unanswered) {
        this.unanswered = unanswered;
        this.isModelled = ExtraCases.isSentAgain(seed);
        // a separate random source keeps the other runs unchanged
        this.random = new Random(~seed);
    }

    /** Returns the answer to the claim's caller. */
    CompletableFuture<List<OpenRow>> answer(CompletableFuture<List<OpenRow>> claimed) {
        return isModelled ? claimed.thenCompose(this::answer) : claimed;
    }

    private CompletableFuture<List<OpenRow>> answer(List<OpenRow> rows) {
        if (random.nextBoolean()) {
            rows.forEach(unanswered);
            return CompletableFuture.failedFuture(new StoreUnavailable("the answer to a claim is lost", null));
        }
        return CompletableFuture.completedFuture(rows);
    }
}
