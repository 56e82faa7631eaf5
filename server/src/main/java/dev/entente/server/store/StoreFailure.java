package dev.entente.server.store;

/**
 * Tells that the database refused one operation for its contents again and again, while it wrote others of the same
 * kind. It is a defect, and nothing was written.
 */
public final class StoreFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StoreFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
