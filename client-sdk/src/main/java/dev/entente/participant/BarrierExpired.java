package dev.entente.participant;

import io.grpc.Status;

/**
 * The transaction is so old that the barrier's rows about it may be purged: whether the call was here before is no
 * longer known. Parks it.
 */
public final class BarrierExpired extends BranchException {
    private static final long serialVersionUID = 1;

    /** Refuses a call, saying why. */
    public BarrierExpired(String message) {
        super(message, null);
    }

    @Override
    public String reason() {
        return "BARRIER_EXPIRED";
    }

    @Override
    Status.Code grpcCode() {
        return Status.Code.FAILED_PRECONDITION;
    }
}
