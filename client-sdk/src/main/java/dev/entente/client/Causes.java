package dev.entente.client;

import java.util.concurrent.CompletionException;

/** Unwraps the cause of a failed future from what chaining put around it. */
final class Causes {
    private Causes() {}

    static Throwable unwrap(Throwable thrown) {
        return thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
    }
}
