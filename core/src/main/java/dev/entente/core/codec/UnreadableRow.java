package dev.entente.core.codec;

import dev.entente.core.transaction.UnknownCode;

/**
 * Stored bytes that this coordinator cannot read: of a format it does not know, or damaged. The row is left as it is;
 * the transaction is parked as UNREADABLE_ROW.
 */
public final class UnreadableRow extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final boolean isDamaged;

    private UnreadableRow(String message, boolean isDamaged) {
        super(message);
        this.isDamaged = isDamaged;
    }

    /** It is damaged. */
    public UnreadableRow(String message) {
        this(message, true);
    }

    /** It is damaged. */
    public UnreadableRow(String message, Throwable cause) {
        super(message, cause);
        this.isDamaged = true;
    }

    /** Another coordinator may know that code. */
    public static UnreadableRow ofCode(UnknownCode newer) {
        return new UnreadableRow(
                "what is stored was written by a newer coordinator (%s); run a newer one".formatted(newer.getMessage()),
                false);
    }

    /** Another coordinator may know that format. */
    public static UnreadableRow ofFormat(int format, int known) {
        return new UnreadableRow(
                "the row is written in format %s, this coordinator knows %s; run a newer one".formatted(format, known),
                false);
    }

    /** Tells whether no coordinator can read it. */
    public boolean isDamaged() {
        return isDamaged;
    }
}
