package dev.entente.server.engine;

import dev.entente.core.decision.Act;
import dev.entente.core.transaction.Custody;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Fence;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.CallOrigin;
import java.util.concurrent.CompletableFuture;

/**
 * An act for whose result somebody waits.
 *
 * @param ifFence that of the hold in which alone it may be done; {@link Fence#NONE} for any
 * @param origin of the call that asks for it, for the audit
 * @param stateBefore the transaction's state when it was offered, for the audit; empty before
 */
record PendingAct(Act act, long ifFence, CallOrigin origin, String stateBefore, CompletableFuture<Snapshot> answer) {
    PendingAct from(Progress before) {
        return new PendingAct(act, ifFence, origin, AuditRecord.state(before), answer);
    }

    PendingAct answeredBy(CompletableFuture<Snapshot> other) {
        return new PendingAct(act, ifFence, origin, stateBefore, other);
    }

    /** Tells whether it may be done in one hold of the transaction alone. */
    boolean isBound() {
        return ifFence != Fence.NONE;
    }

    /** Tells whether it may be done in this hold. */
    boolean isFor(Custody custody, long fence) {
        return !isBound() || (custody.isHeld() && ifFence == fence);
    }

    /** Refuses it: another holds the transaction now, or nobody. */
    void movedOn() {
        answer.completeExceptionally(Refusal.of(
                ErrorCode.REVISION_MOVED,
                "the transaction is not held with fence " + ifFence
                        + " any more: it was taken over, rests in its row or has ended; look again and repeat"
                        + " the act"));
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
