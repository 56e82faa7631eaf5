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
record PendingAct(Act act, int tries, String stateBefore, CompletableFuture<Snapshot> answer) {
    PendingAct(Act act, CompletableFuture<Snapshot> answer) {
        this(act, 0, "", answer);
    }

    PendingAct again() {
        return new PendingAct(act, tries + 1, "", answer);
    }

    PendingAct from(TransactionState state) {
        return new PendingAct(act, tries, state.name(), answer);
    }
}
