package dev.entente.core.transaction;

import org.jspecify.annotations.Nullable;

/**
 * The decisions about the direction that a transaction takes.
 *
 * @param abortReason why it turned, or null
 * @param detail what made it turn, for people; empty if it did not
 * @param isForced whether an operator ended it by force
 * @param pivotRevision the history's size when the pivot's call was allowed to leave, 0 if it was not
 * @param decidedRevision the history's size when the direction was settled, 0 if it is not
 */
public record Course(
        @Nullable AbortReason abortReason, String detail, boolean isForced, int pivotRevision, int decidedRevision) {
    public static final Course OPEN = new Course(null, "", false, 0, 0);

    Course forced(boolean force) {
        return new Course(abortReason, detail, force, pivotRevision, decidedRevision);
    }

    Course pivotCalledAt(int revision) {
        return new Course(abortReason, detail, isForced, revision, decidedRevision);
    }

    Course decidedAt(int revision, @Nullable AbortReason reason, String why) {
        return new Course(reason, why, isForced, pivotRevision, revision);
    }
}
