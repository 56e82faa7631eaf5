package dev.entente.simulation;

import dev.entente.server.store.OpenRow;
import dev.entente.server.store.StoreUnavailable;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Claims that are carried out and not answered, in some runs every other one: their rows are a coordinator's that does
 * not know of it.
 */
final class UnansweredClaims {
    private final boolean isModelled;
    private final Random random;
    private final Consumer<OpenRow> unheard;

    /** @param unheard is given each row of such a claim, as it was claimed */
    UnansweredClaims(long seed, Consumer<OpenRow> unheard) {
        this.unheard = unheard;
        this.isModelled = Extras.isSentAgain(seed);
        // numbers of its own: the other runs stay what they were
        this.random = new Random(~seed);
    }

    /** Returns what whoever claims is told. */
    CompletableFuture<List<OpenRow>> answer(CompletableFuture<List<OpenRow>> claimed) {
        return isModelled ? claimed.thenCompose(this::answer) : claimed;
    }

    private CompletableFuture<List<OpenRow>> answer(List<OpenRow> rows) {
        if (random.nextBoolean()) {
            rows.forEach(unheard);
            return CompletableFuture.failedFuture(new StoreUnavailable("the answer to a claim is lost", null));
        }
        return CompletableFuture.completedFuture(rows);
    }
}
