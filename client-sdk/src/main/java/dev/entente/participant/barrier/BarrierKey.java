package dev.entente.participant.barrier;

/**
 * The key of a call's row, and the fence of the call. Immutable.
 *
 * @param gid of the global transaction
 * @param branch the branch's name
 * @param op the operation that is called
 * @param forwardOp the operation that {@code op} undoes or completes; equal to {@code op} for a forward call
 */
public record BarrierKey(String gid, String branch, String op, String forwardOp, CallFence fence) {
    /** Returns whether the operation is the branch's forward operation. */
    public boolean isForward() {
        return op.equals(forwardOp);
    }

    /** Returns the key of the operation that this operation undoes or completes. */
    public BarrierKey forward() {
        return new BarrierKey(gid, branch, forwardOp, forwardOp, fence);
    }
}
