package dev.entente.server.store;

/**
 * The database refused one operation for what it holds, again and again, while it wrote others of the same kind: a
 * defect, and nothing was written.
 */
public final class StoreFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StoreFailure(String message, Throwable cause) {
        super(message, cause);
    }

    /** Tells whether it is what is stored that cannot be read, such as a page with a wrong checksum. */
    public boolean isUnreadable() {
        return DatabaseFault.isUnreadable((Throwable) this);
    }
}
