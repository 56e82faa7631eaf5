package dev.entente.core.transaction;

/**
 * The kind of a global transaction. It decides which operations a branch has and what they are called; {@link #code} is
 * stored.
 */
public enum Pattern {
    SAGA(1, "action", "", "compensate"),
    TCC(2, "try", "confirm", "cancel"),
    TWO_PHASE(3, "prepare", "commit", "rollback"),
    MESSAGE(4, "deliver", "", ""),
    NOTIFICATION(5, "deliver", "", "");

    /** The name of the question that a message asks its client's service. */
    public static final String CHECK = "check";

    private final int code;
    private final String forward;
    private final String completion;
    private final String undo;

    Pattern(int code, String forward, String completion, String undo) {
        this.code = code;
        this.forward = forward;
        this.completion = completion;
        this.undo = undo;
    }

    /** The stable number in rows and on the wire. */
    public int code() {
        return code;
    }

    /** Returns the pattern's name for this role of an operation, such as {@code compensate}. */
    public String operationName(Role role) {
        return switch (role) {
            case FORWARD -> forward;
            case COMPLETION -> completion;
            case UNDO -> undo;
        };
    }

    /** Tells whether confirmations follow when the forward phase is done. */
    public boolean hasCompletion() {
        return !completion.isEmpty();
    }

    /** Tells whether forward operations can be taken back. */
    public boolean hasUndo() {
        return !undo.isEmpty();
    }

    /** @throws IllegalArgumentException for a number that no pattern has */
    public static Pattern of(int code) {
        for (Pattern pattern : values()) {
            if (pattern.code == code) {
                return pattern;
            }
        }
        throw UnknownCode.of("pattern", code);
    }
}
