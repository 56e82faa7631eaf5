package dev.entente.server.engine;

import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Fence;
import dev.entente.core.transaction.Ownership;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.CallOrigin;
import java.util.concurrent.CompletableFuture;

/**
 * An action with a waiting caller.
 *
 * @param ifFence the fence that the owner must have for the action; {@link Fence#NONE} for any fence
 * @param origin the origin of the call, for the audit
 * @param stateBefore the transaction's state when the action was offered, for the audit; empty before
 */
record PendingRequest(
        TransactionRequest act,
        long ifFence,
        CallOrigin origin,
        String stateBefore,
        CompletableFuture<Snapshot> answer) {
    PendingRequest from(Progress before) {
        return new PendingRequest(act, ifFence, origin, AuditRecord.state(before), answer);
    }

    PendingRequest answeredBy(CompletableFuture<Snapshot> other) {
        return new PendingRequest(act, ifFence, origin, stateBefore, other);
    }

    /** Returns whether the action requires a certain fence. */
    boolean isBound() {
        return ifFence != Fence.NONE;
    }

    /** Returns whether the action may run with this ownership and fence. */
    boolean isFor(Ownership ownership, long fence) {
        return !isBound() || (ownership.isHeld() && ifFence == fence);
    }

    /** Refuses the action: another incarnation or none holds the transaction now. */
    void movedOn() {
        answer.completeExceptionally(Refusal.of(
                ErrorCode.REVISION_MOVED,
                "the transaction is not held with fence " + ifFence
                        + " any more: it was taken over or released, or has finished; check the transaction and"
                        + " repeat the operation"));
    }

    /** Requests another lookup of the transaction at its new place. */
    void moved() {
        answer.completeExceptionally(new NotHeldHere());
    }

    /** The answer of a mailbox that does not hold the transaction: the row has the newer state. */
    static final class NotHeldHere extends RuntimeException {
        private static final long serialVersionUID = 1L;

        NotHeldHere() {
            super("the transaction has moved", null, false, false);
        }
    }
}
