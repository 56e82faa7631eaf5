package dev.entente.server.codec;

/**
 * Stored bytes that this coordinator cannot read: of a format it does not know, or damaged. The row is left as it is; the transaction is
 * parked as UNREADABLE_ROW.
 */
public final class UnreadableRow extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnreadableRow(String message) {
        super(message);
    }

    UnreadableRow(String message, Throwable cause) {
        super(message, cause);
    }
}
