package dev.entente.server.store;

/** The database refused one operation for what it holds: a defect, and nothing was written. */
public final class StoreFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StoreFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
