package dev.entente.server.engine;

import dev.entente.server.decision.Act;
import dev.entente.server.store.CallOrigin;
import dev.entente.server.store.Confirmation;
import dev.entente.server.transaction.TransactionState;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Somebody waits for an act.
 *
 * @param origin of the call that asks for it, for the audit
 * @param confirmation of a second person, whose request the act's write closes; else null
 * @param tries how often it was brought to the row so far
 * @param stateBefore the transaction's state when it was offered, for the audit; empty before
 */
record PendingAct(
        Act act,
        CallOrigin origin,
        @Nullable Confirmation confirmation,
        int tries,
        String stateBefore,
        CompletableFuture<Snapshot> answer) {
    PendingAct(Act act, CallOrigin origin, CompletableFuture<Snapshot> answer) {
        this(act, origin, null, 0, "", answer);
    }

    PendingAct again() {
        return new PendingAct(act, origin, confirmation, tries + 1, "", answer);
    }

    PendingAct from(TransactionState state) {
        return new PendingAct(act, origin, confirmation, tries, state.name(), answer);
    }
}
