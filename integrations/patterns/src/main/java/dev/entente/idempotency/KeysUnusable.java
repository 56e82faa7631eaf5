package dev.entente.idempotency;

import org.jspecify.annotations.Nullable;

/**
 * Keys cannot be kept as things are set up; a person must change something. The message begins with {@code ENT-094} for
 * a missing table, with {@code ENT-096} inside of a transaction of the caller. The request did not run.
 */
public final class KeysUnusable extends IllegalStateException {
    private static final long serialVersionUID = 1;

    KeysUnusable(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
