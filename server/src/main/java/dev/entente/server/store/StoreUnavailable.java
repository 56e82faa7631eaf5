package dev.entente.server.store;

import org.jspecify.annotations.Nullable;

/** Nothing was read or written: the database does not answer or refuses for the moment, or this incarnation is over. */
public final class StoreUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param message told to whoever asks, so it has none of the database's or the driver's words */
    public StoreUnavailable(String message, @Nullable Throwable cause) {
        super(message, cause, false, false);
    }
}
