package dev.entente.client;

import java.util.concurrent.CompletionException;

/** What really failed where futures were chained. */
final class Causes {
    private Causes() {}

    static Throwable unwrap(Throwable thrown) {
        return thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
    }
}
