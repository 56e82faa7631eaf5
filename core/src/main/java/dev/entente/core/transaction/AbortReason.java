package dev.entente.core.transaction;

/** The reason why a transaction switched to undo. {@link #code} is stored and sent. */
public enum AbortReason {
    STEP_REJECTED(1),
    STEP_FAILED(2),
    ATTEMPTS_EXHAUSTED(3),
    DEADLINE(4),
    CLIENT_ABORT(6),
    /** An approver rejected the transaction. */
    APPROVAL_REJECTED(7),
    /** The approval expired without an answer. */
    APPROVAL_EXPIRED(8),
    /** The client's service reports that its local transaction was rolled back. */
    CHECK_BACK_NEGATIVE(9),
    OPERATOR(10);

    private final int code;

    AbortReason(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** @throws IllegalArgumentException if no reason has this code */
    public static AbortReason of(int code) {
        for (AbortReason reason : values()) {
            if (reason.code == code) {
                return reason;
            }
        }
        throw UnknownCode.of("abort reason", code);
    }
}
