package dev.entente.participant;

import io.grpc.Status.Code;

/** The caller was superseded: this branch has already heard from a coordinator with a higher fence (ENT-093). */
public final class StaleFence extends BranchException {
    private static final long serialVersionUID = 1;

    /**
     * Refuses a call of a superseded coordinator.
     *
     * @param fence the call's
     * @param seen the highest that this branch has heard of
     */
    public StaleFence(Branch branch, long fence, long seen) {
        super(
                "STALE_FENCE",
                Code.ABORTED,
                "ENT-093: " + branch + " came with fence " + fence + ", but fence " + seen
                        + " was here before: this coordinator no longer holds the transaction and must read it again",
                null);
    }
}
