package dev.entente.client.call;

import java.util.concurrent.CompletionException;

/** Unwraps the cause of a failed future. */
public final class Causes {
    private Causes() {}

    /** Returns the exception without the {@link CompletionException} that a chain of futures adds. */
    public static Throwable unwrap(Throwable thrown) {
        return thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
    }
}
