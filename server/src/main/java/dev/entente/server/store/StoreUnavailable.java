package dev.entente.server.store;

import org.jspecify.annotations.Nullable;

/**
 * The failure of an operation that had no effect: the database is unavailable or refuses temporarily, or this
 * incarnation has ended.
 */
public final class StoreUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message returned to the client, so it contains no text of the database or the driver */
    public StoreUnavailable(String message, @Nullable Throwable cause) {
        super(message, cause, false, false);
    }
}
