package dev.entente.idempotency;

import org.jspecify.annotations.Nullable;

/**
 * Reports a wrong configuration of the store of keys, which an operator must change. The message begins with {@code
 * ENT-094} for a missing table, with {@code ENT-096} inside a transaction of the caller. The request did not run.
 */
public final class KeysUnusable extends IllegalStateException {
    private static final long serialVersionUID = 1;

    KeysUnusable(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
