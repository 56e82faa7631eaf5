package dev.entente.torture.check;

/** The state of a transaction in an answer. */
public enum ReportedState {
    /** An unfinished transaction that needs no operator. */
    OPEN,
    /** A transaction that waits for an operator. */
    PARKED,
    SUCCEEDED,
    ABORTED,
    /** A notification that no receiver accepted. */
    GIVEN_UP,
    /** No coordinator knows the transaction. */
    UNKNOWN,
    /**
     * No coordinator answered, or the transaction changed while the other evidence was read: its record allows no
     * conclusion.
     */
    UNREAD;

    /** Returns whether the state is final. */
    public boolean isEnd() {
        return this == SUCCEEDED || this == ABORTED || this == GIVEN_UP;
    }
}
