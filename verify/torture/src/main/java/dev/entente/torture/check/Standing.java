package dev.entente.torture.check;

/** How a transaction stands, as somebody was told. */
public enum Standing {
    /** Not ended, and nobody is needed. */
    OPEN,
    /** Waits for an operator. */
    PARKED,
    SUCCEEDED,
    ABORTED,
    /** A notification that nobody took. */
    GIVEN_UP,
    /** Nobody knows it. */
    UNKNOWN,
    /**
     * Nobody answered who was asked, or it was still moving while the rest was read: nothing may be concluded from its
     * record.
     */
    UNREAD;

    /** Tells whether it can never change again. */
    public boolean isEnd() {
        return this == SUCCEEDED || this == ABORTED || this == GIVEN_UP;
    }
}
