package dev.entente.server.store;

/** The kinds of waits of a transaction. {@link #code} is sent. */
public enum WaitKind {
    PARKED(1, true),
    APPROVAL(2, true),
    CLIENT_DECISION(3, true),
    CHECK_BACK(4, true),
    START_TIME(5, true),
    BACKOFF(6, false),
    IN_PROGRESS(7, false),
    CIRCUIT_OPEN(8, false),
    CONNECTING(9, false),
    IN_FLIGHT_LIMIT(10, false),
    NO_CAPACITY(11, true),
    BLOCKED(12, false),
    CHILD(13, false),
    CALLING(14, false),
    DEAD_OWNER(15, true),
    NOT_SENT(16, false);

    private final int code;
    private final boolean isInTable;

    WaitKind(int code, boolean isInTable) {
        this.code = code;
        this.isInTable = isInTable;
    }

    /** Returns the stable number on the wire. */
    public int code() {
        return code;
    }

    /** Returns whether the columns of the tables show the wait. Otherwise the progress or the holder shows it. */
    public boolean isInTable() {
        return isInTable;
    }

    /** @throws IllegalArgumentException for an unknown number */
    public static WaitKind of(int code) {
        if (code < 1 || code > values().length) {
            throw new IllegalArgumentException("no kind of wait has the code " + code);
        }
        return values()[code - 1];
    }
}
