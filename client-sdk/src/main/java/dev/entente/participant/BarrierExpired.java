package dev.entente.participant;

import io.grpc.Status.Code;

/**
 * The transaction is so old that the barrier's rows about it may be purged: whether the call was here before is no
 * longer known. Parks it.
 */
public final class BarrierExpired extends BranchException {
    private static final long serialVersionUID = 1;

    /** Refuses a call, saying why. */
    public BarrierExpired(String message) {
        super("BARRIER_EXPIRED", Code.FAILED_PRECONDITION, message, null);
    }
}
