package dev.entente.participant.barrier;

import java.util.Locale;

/** The state of an operation in its row of the barrier. */
public enum BarrierVerdict {
    /** It was done, and answered with the stored response. */
    DONE,
    /** Its undo came first: it was not done and never will be. */
    UNDONE,
    /** It was refused: it was not done and never will be. */
    REJECTED;

    /** As the table has it. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Reads what the table has.
     *
     * @throws IllegalArgumentException if it is none of them
     */
    public static BarrierVerdict of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
