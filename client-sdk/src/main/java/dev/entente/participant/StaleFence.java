package dev.entente.participant;

import io.grpc.Status.Code;

/** The caller was superseded: a coordinator with a higher fence has already called this branch (ENT-093). */
public final class StaleFence extends BranchException {
    private static final long serialVersionUID = 1;

    /**
     * Refuses a call of a superseded coordinator.
     *
     * @param fence the call's fence
     * @param seen the highest fence among earlier calls of this branch
     */
    public StaleFence(Branch branch, long fence, long seen) {
        super(
                "STALE_FENCE",
                Code.ABORTED,
                "ENT-093: " + branch + " has fence " + fence + ", but a call with fence " + seen
                        + " arrived earlier; this coordinator no longer holds the transaction and must read it again",
                null);
    }
}
