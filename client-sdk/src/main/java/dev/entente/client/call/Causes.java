package dev.entente.client.call;

import java.util.concurrent.CompletionException;

/** Unwraps the cause of a failed future from what chaining put around it. */
public final class Causes {
    private Causes() {}

    /** Returns the exception itself, without the one that a chain of futures put around it. */
    public static Throwable unwrap(Throwable thrown) {
        return thrown instanceof CompletionException && thrown.getCause() != null ? thrown.getCause() : thrown;
    }
}
