package dev.entente.participant;

import io.grpc.Status.Code;

/**
 * The refusal of a completion without a successful forward call in this database. The refusal is final and parks the
 * transaction for an operator.
 */
public final class ForwardCallMissing extends BranchException {
    private static final long serialVersionUID = 1;

    /** Refuses the completion. */
    public ForwardCallMissing(Branch branch) {
        // no reason: FAILED_PRECONDITION alone is a final refusal, without the guarantee of a rejection
        super(
                "",
                Code.FAILED_PRECONDITION,
                branch.idempotencyKey() + " was refused: its " + branch.op().forward()
                        + " was never done here, so there is nothing to " + branch.op()
                        + "; check whether this is the correct database",
                null);
    }
}
