package dev.entente.server.engine;

import dev.entente.server.decision.Act;
import dev.entente.server.transaction.TransactionState;
import java.util.concurrent.CompletableFuture;

/**
 * Somebody waits for an act.
 *
 * @param tries how often it was brought to the row so far
 * @param stateBefore the transaction's state when it was offered, for the audit; empty before
 */
record Ask(Act act, int tries, String stateBefore, CompletableFuture<Snapshot> answer) {
    Ask(Act act, CompletableFuture<Snapshot> answer) {
        this(act, 0, "", answer);
    }

    Ask again() {
        return new Ask(act, tries + 1, "", answer);
    }

    Ask from(TransactionState state) {
        return new Ask(act, tries, state.name(), answer);
    }
}
