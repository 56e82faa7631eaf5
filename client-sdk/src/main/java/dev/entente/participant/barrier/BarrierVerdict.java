package dev.entente.participant.barrier;

import java.util.Locale;

/** The state of an operation in its row of the barrier. */
public enum BarrierVerdict {
    /** The operation was done, and the row contains its response. */
    DONE,
    /** The undo came before the operation: the operation was not done and never will be. */
    UNDONE,
    /** The operation was refused: it was not done and never will be. */
    REJECTED;

    /** Returns the value in the table. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * Parses a value of the table.
     *
     * @throws IllegalArgumentException if the value is unknown
     */
    public static BarrierVerdict of(String text) {
        return valueOf(text.toUpperCase(Locale.ROOT));
    }
}
