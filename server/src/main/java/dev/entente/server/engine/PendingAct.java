package dev.entente.server.engine;

import dev.entente.core.decision.Act;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.CallOrigin;
import java.util.concurrent.CompletableFuture;

/**
 * Somebody waits for an act.
 *
 * @param origin of the call that asks for it, for the audit
 * @param tries how often it was brought to the row so far
 * @param stateBefore the transaction's state when it was offered, for the audit; empty before
 */
record PendingAct(Act act, CallOrigin origin, int tries, String stateBefore, CompletableFuture<Snapshot> answer) {
    PendingAct(Act act, CallOrigin origin, CompletableFuture<Snapshot> answer) {
        this(act, origin, 0, "", answer);
    }

    PendingAct again() {
        return new PendingAct(act, origin, tries + 1, "", answer);
    }

    PendingAct from(TransactionState state) {
        return new PendingAct(act, origin, tries, state.name(), answer);
    }
}
