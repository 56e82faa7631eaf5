package dev.entente.core.transaction;

import org.jspecify.annotations.Nullable;

/**
 * The decisions about the direction of a transaction.
 *
 * @param abortReason why the transaction switched to undo, or null
 * @param detail the cause of that switch, for people; empty without a switch
 * @param isForced whether an operator force-finished the transaction
 * @param pivotRevision the revision at which the pivot's call was allowed to leave, 0 if it was not
 * @param decidedRevision the history's size when the direction was decided, 0 if it is not decided
 */
public record Direction(
        @Nullable AbortReason abortReason, String detail, boolean isForced, int pivotRevision, int decidedRevision) {
    public static final Direction OPEN = new Direction(null, "", false, 0, 0);

    Direction forced(boolean force) {
        return new Direction(abortReason, detail, force, pivotRevision, decidedRevision);
    }

    Direction pivotCalledAt(int revision) {
        return new Direction(abortReason, detail, isForced, revision, decidedRevision);
    }

    Direction decidedAt(int revision, @Nullable AbortReason reason, String why) {
        return new Direction(reason, why, isForced, pivotRevision, revision);
    }
}
