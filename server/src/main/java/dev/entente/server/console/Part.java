package dev.entente.server.console;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A part of a page, or why there is none: a part that fails leaves the rest of the page standing.
 *
 * @param value null where it failed
 * @param error empty where it did not
 */
public record Part<T>(@Nullable T value, String error) {
    static <T> Part<T> of(T value) {
        return new Part<>(value, "");
    }

    static <T> Part<T> failed(String error) {
        return new Part<>(null, error);
    }

    <U> Part<U> map(Function<T, U> change) {
        T present = value;
        return present == null ? failed(error) : of(change.apply(present));
    }

    /** Tells whether there is none. */
    public boolean isFailed() {
        return value == null;
    }
}
