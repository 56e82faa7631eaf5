package dev.entente.server.store;

import org.jspecify.annotations.Nullable;

/** The failure without any effect: the database is unavailable or refuses for now, or this incarnation is over. */
public final class StoreUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message returned to the client, so it contains no text of the database or the driver */
    public StoreUnavailable(String message, @Nullable Throwable cause) {
        super(message, cause, false, false);
    }
}
