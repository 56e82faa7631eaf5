package dev.entente.core.transaction;

/** How far the calls of a branch have come, and how they ended. {@link #code} is stored and sent. */
public enum BranchState {
    /** No call of it is known to have left. */
    PENDING(1),
    /** Its forward call may have left; its outcome is not known. */
    CALLED(2),
    AWAITING_APPROVAL(3),
    DONE(4),
    /** A trusted no: nothing was or will be done, so nothing is undone. */
    REJECTED(5),
    /** A no without that promise: it is undone like one that was done. */
    FAILED(6),
    CONFIRMED(7),
    UNDONE(8),
    /** It needed neither completion nor undo. */
    SKIPPED(9),
    /** An operator stated its end. */
    RESOLVED(10);

    private final int code;

    BranchState(int code) {
        this.code = code;
    }

    /** Tells whether nothing is left to be done for a branch in it once the direction is settled. */
    public boolean isSettled() {
        return switch (this) {
            case CONFIRMED, UNDONE, SKIPPED, RESOLVED -> true;
            case PENDING, CALLED, AWAITING_APPROVAL, DONE, REJECTED, FAILED -> false;
        };
    }

    /** Tells whether the forward operation has, or may have, done something that is not taken back yet. */
    public boolean mayHaveHappened() {
        return this == CALLED || this == DONE || this == FAILED;
    }

    /** The stable number in rows and on the wire. */
    public int code() {
        return code;
    }

    /** @throws IllegalArgumentException for a number that no state has */
    public static BranchState of(int code) {
        if (code < 1 || code > values().length) {
            throw UnknownCode.of("branch state", code);
        }
        return values()[code - 1];
    }
}
