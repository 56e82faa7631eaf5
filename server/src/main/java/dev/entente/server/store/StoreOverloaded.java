package dev.entente.server.store;

/** The failure of an operation because too many others wait to be written. Nothing was written. */
public final class StoreOverloaded extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StoreOverloaded(String message) {
        super(message, null, false, false);
    }
}
