package dev.entente.participant.barrier;

/**
 * A call's operation, as its row is found, and the fence that the call came with. Immutable.
 *
 * @param gid of the global transaction
 * @param branch the branch's name
 * @param op the operation that is called
 * @param forwardOp the operation that it undoes or completes; itself where it is called first
 */
public record BarrierKey(String gid, String branch, String op, String forwardOp, CallFence fence) {
    /** Tells whether the operation is the branch's first. */
    public boolean isForward() {
        return op.equals(forwardOp);
    }

    /** Returns the key of the operation that this one undoes or completes. */
    public BarrierKey forward() {
        return new BarrierKey(gid, branch, forwardOp, forwardOp, fence);
    }
}
