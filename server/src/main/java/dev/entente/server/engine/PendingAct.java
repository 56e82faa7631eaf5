package dev.entente.server.engine;

import dev.entente.core.decision.Act;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.CallOrigin;
import java.util.concurrent.CompletableFuture;

/**
 * An act for whose result somebody waits.
 *
 * @param origin of the call that asks for it, for the audit
 * @param stateBefore the transaction's state when it was offered, for the audit; empty before
 */
record PendingAct(Act act, CallOrigin origin, String stateBefore, CompletableFuture<Snapshot> answer) {
    PendingAct from(TransactionState state) {
        return new PendingAct(act, origin, state.name(), answer);
    }

    /** Has the transaction looked for again, where it is now. */
    void moved() {
        answer.completeExceptionally(new Moved());
    }

    /** Answer of a mailbox that holds the transaction no longer, or never did: the row knows more. */
    static final class Moved extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Moved() {
            super("the transaction has moved on", null, false, false);
        }
    }
}
