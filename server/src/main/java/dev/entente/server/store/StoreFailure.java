package dev.entente.server.store;

/**
 * The failure of an operation that the database repeatedly refused because of its content, while it wrote others of the
 * same kind. The failure is a defect, and nothing was written.
 */
public final class StoreFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StoreFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
