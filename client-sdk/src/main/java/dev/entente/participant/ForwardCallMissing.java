package dev.entente.participant;

import io.grpc.Status;

/**
 * A completion came for a branch whose forward call was never done here: a definite no, which parks the transaction for
 * an operator.
 */
public final class ForwardCallMissing extends BranchException {
    private static final long serialVersionUID = 1;

    /** Refuses that completion. */
    public ForwardCallMissing(Branch branch) {
        super(
                branch.idempotencyKey() + " was refused: its " + branch.op().forward()
                        + " was never done here, so there is nothing to " + branch.op()
                        + "; look whether this is the database that did it",
                null);
    }

    /** Empty: a bare FAILED_PRECONDITION is the definite no without the promise that a rejection makes. */
    @Override
    public String reason() {
        return "";
    }

    @Override
    Status.Code grpcCode() {
        return Status.Code.FAILED_PRECONDITION;
    }
}
