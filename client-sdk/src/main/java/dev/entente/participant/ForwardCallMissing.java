package dev.entente.participant;

import io.grpc.Status.Code;

/**
 * A completion came for a branch whose forward call was never done here: a definite no, which parks the transaction for
 * an operator.
 */
public final class ForwardCallMissing extends BranchException {
    private static final long serialVersionUID = 1;

    /** Refuses that completion. */
    public ForwardCallMissing(Branch branch) {
        // no reason: a bare FAILED_PRECONDITION is the definite no without the promise that a rejection makes
        super(
                "",
                Code.FAILED_PRECONDITION,
                branch.idempotencyKey() + " was refused: its " + branch.op().forward()
                        + " was never done here, so there is nothing to " + branch.op()
                        + "; look whether this is the database that did it",
                null);
    }
}
