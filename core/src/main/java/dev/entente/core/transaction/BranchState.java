package dev.entente.core.transaction;

/** The progress of a branch's calls, and their result. {@link #code} is stored and sent. */
public enum BranchState {
    /** No call of the branch is known to have left. */
    PENDING(1),
    /** The forward call may have left; its outcome is unknown. */
    CALLED(2),
    AWAITING_APPROVAL(3),
    DONE(4),
    /** A trusted rejection: the operation did nothing and will do nothing, and needs no undo. */
    REJECTED(5),
    /** Any other failure: the operation may have had an effect, so the branch is undone like a branch that is done. */
    FAILED(6),
    CONFIRMED(7),
    UNDONE(8),
    /** The branch needs no call: it was never called when the direction was decided, or its delivery was given up. */
    SKIPPED(9),
    /** An operator stated the result. */
    RESOLVED(10);

    private final int code;

    BranchState(int code) {
        this.code = code;
    }

    /** Returns whether a branch in this state needs no more work after the decision about the direction. */
    public boolean isSettled() {
        return switch (this) {
            case CONFIRMED, UNDONE, SKIPPED, RESOLVED -> true;
            case PENDING, CALLED, AWAITING_APPROVAL, DONE, REJECTED, FAILED -> false;
        };
    }

    /** Returns whether the forward operation did something, or may have done something, that is not undone yet. */
    public boolean mayHaveHappened() {
        return this == CALLED || this == DONE || this == FAILED;
    }

    /** Returns the stable number in rows and on the wire. */
    public int code() {
        return code;
    }

    /** @throws IllegalArgumentException if no state has this code */
    public static BranchState of(int code) {
        if (code < 1 || code > values().length) {
            throw UnknownCode.of("branch state", code);
        }
        return values()[code - 1];
    }
}
