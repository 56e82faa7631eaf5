package dev.entente.server.console.part;

import dev.entente.core.transaction.ErrorCode;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A part of a page, or why there is none: a part that fails leaves the rest of the page standing.
 *
 * @param value null where it failed
 * @param status of HTTP for a page that is nothing else
 * @param error empty where it did not
 * @param findings what is wrong in the question, each with its place; empty where the API names none
 */
public record Part<T>(@Nullable T value, int status, String error, List<Finding> findings) {
    /**
     * Something that is wrong.
     *
     * @param field its place, such as {@code plan.saga.steps[0].id}
     * @param text with its code in front
     */
    public record Finding(String field, String text) {}

    public static <T> Part<T> of(T value) {
        return new Part<>(value, 200, "", List.of());
    }

    public static <T> Part<T> failed(String error) {
        return failed(503, error);
    }

    public static <T> Part<T> failed(int status, String error) {
        return new Part<>(null, status, error, List.of());
    }

    public <U> Part<U> map(Function<T, U> change) {
        T present = value;
        return present == null ? new Part<>(null, status, error, findings) : of(change.apply(present));
    }

    /** Tells whether the API cannot understand what was asked. */
    public boolean isMalformed() {
        return status == 400;
    }

    /** Tells whether nobody knows if what was asked for was done, or will be. */
    public boolean isOpen() {
        return status >= 500 && (!error.startsWith("ENT-") || ErrorCode.leavesOpen(error));
    }

    /** Tells whether there is none. */
    public boolean isFailed() {
        return value == null;
    }
}
