package dev.entente.core.transaction;

/**
 * The state of a global transaction. Parked is not a state but a mark on an unfinished transaction. {@link #code} is
 * stored and sent.
 */
public enum TransactionState {
    /** The client has not decided yet. */
    BEGUN(1),
    /** Accepted, to be started later. */
    SCHEDULED(2),
    /** Forward operations are in progress. */
    RUNNING(3),
    /** Decided: every branch is being completed. */
    COMPLETING(4),
    /** Decided: every branch that may have been called is being undone. */
    UNDOING(5),
    SUCCEEDED(6),
    ABORTED(7),
    GIVEN_UP(8);

    private final int code;

    TransactionState(int code) {
        this.code = code;
    }

    /** Returns the stable number in rows and on the wire. */
    public int code() {
        return code;
    }

    /** Returns whether the state is final. */
    public boolean isTerminal() {
        return this == SUCCEEDED || this == ABORTED || this == GIVEN_UP;
    }

    /** @throws IllegalArgumentException if no state has this code */
    public static TransactionState of(int code) {
        if (code < 1 || code > values().length) {
            throw UnknownCode.of("transaction state", code);
        }
        return values()[code - 1];
    }
}
