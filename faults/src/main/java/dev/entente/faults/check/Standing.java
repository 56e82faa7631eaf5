package dev.entente.faults.check;

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
    UNKNOWN;

    /** Whether it can never change again. */
    public boolean isEnd() {
        return this == SUCCEEDED || this == ABORTED || this == GIVEN_UP;
    }
}
