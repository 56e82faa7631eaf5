package dev.entente.participant;

import io.grpc.Status.Code;

/**
 * The transaction is so old that the barrier's rows may be purged. The barrier cannot detect an earlier call. This
 * exception parks the transaction.
 */
public final class BarrierExpired extends BranchException {
    private static final long serialVersionUID = 1;

    /** Refuses a call with a reason. */
    public BarrierExpired(String message) {
        super("BARRIER_EXPIRED", Code.FAILED_PRECONDITION, message, null);
    }
}
