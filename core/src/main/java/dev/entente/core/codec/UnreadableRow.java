package dev.entente.core.codec;

import dev.entente.core.transaction.UnknownCode;

/**
 * Stored bytes that this coordinator cannot read. They stay unchanged. If the bytes are damaged, the transaction is
 * parked as UNREADABLE_ROW. If the format or a code is unknown, the row is left to newer coordinators.
 */
public final class UnreadableRow extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final boolean isDamaged;

    private UnreadableRow(String message, boolean isDamaged) {
        super(message);
        this.isDamaged = isDamaged;
    }

    /** Reports a damaged row. */
    public UnreadableRow(String message) {
        this(message, true);
    }

    /** Reports a damaged row. */
    public UnreadableRow(String message, Throwable cause) {
        super(message, cause);
        this.isDamaged = true;
    }

    /** Reports an unknown code, which another coordinator may know. */
    public static UnreadableRow ofCode(UnknownCode newer) {
        return new UnreadableRow(
                "the row was written by a newer coordinator (%s); run a newer version".formatted(newer.getMessage()),
                false);
    }

    /** Reports an unknown format, which another coordinator may know. */
    public static UnreadableRow ofFormat(int format, int known) {
        return new UnreadableRow(
                "the row has format %s, this coordinator supports %s; run a newer version".formatted(format, known),
                false);
    }

    /** Returns whether no coordinator can read the row. */
    public boolean isDamaged() {
        return isDamaged;
    }
}
