package dev.entente.server.store;

/** Nothing was written, for too much waits to be written. */
public final class StoreOverloaded extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StoreOverloaded(String message) {
        super(message, null, false, false);
    }
}
