package dev.entente.client;

import org.jspecify.annotations.Nullable;

/**
 * No coordinator gave an answer in time. Whether it did what was asked is unknown; the same with the same gid is
 * harmless.
 */
public final class CoordinatorUnavailable extends EntenteException {
    private static final long serialVersionUID = 1;

    CoordinatorUnavailable(String code, String gid, String message, @Nullable Throwable cause) {
        super(code, gid, message, cause);
    }

    /** True, with the same gid. */
    @Override
    public boolean retryable() {
        return true;
    }
}
