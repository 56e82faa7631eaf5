package dev.entente.core.transaction;

/**
 * The kind of a global transaction. The kind determines the operations of a branch and their names; {@link #code} is
 * stored.
 */
public enum Pattern {
    SAGA(1, "action", "", "compensate"),
    TCC(2, "try", "confirm", "cancel"),
    TWO_PHASE(3, "prepare", "commit", "rollback"),
    MESSAGE(4, "deliver", "", ""),
    NOTIFICATION(5, "deliver", "", "");

    /** The name of the question that a message asks the client's service. */
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

    /** Returns the stable number in rows and on the wire. */
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

    /** Returns whether completions follow after the forward phase. */
    public boolean hasCompletion() {
        return !completion.isEmpty();
    }

    /** Returns whether forward operations can be undone. */
    public boolean hasUndo() {
        return !undo.isEmpty();
    }

    /** @throws IllegalArgumentException if no pattern has this code */
    public static Pattern of(int code) {
        for (Pattern pattern : values()) {
            if (pattern.code == code) {
                return pattern;
            }
        }
        throw UnknownCode.of("pattern", code);
    }
}
