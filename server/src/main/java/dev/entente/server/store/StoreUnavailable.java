package dev.entente.server.store;

/** Nothing was written, for the database does not answer. */
public final class StoreUnavailable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StoreUnavailable(String message, Throwable cause) {
        super(message, cause, false, false);
    }
}
