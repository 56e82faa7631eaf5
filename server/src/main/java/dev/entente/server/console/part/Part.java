package dev.entente.server.console.part;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A part of a page, or why there is none: a part that fails leaves the rest of the page standing.
 *
 * @param value null where it failed
 * @param error empty where it did not
 * @param findings what is wrong in the question, each with its place; empty where the API names none
 */
public record Part<T>(@Nullable T value, String error, List<Finding> findings) {
    /**
     * Something that is wrong.
     *
     * @param field its place, such as {@code plan.saga.steps[0].id}
     * @param text with its code in front
     */
    public record Finding(String field, String text) {}

    public static <T> Part<T> of(T value) {
        return new Part<>(value, "", List.of());
    }

    public static <T> Part<T> failed(String error) {
        return failed(error, List.of());
    }

    public static <T> Part<T> failed(String error, List<Finding> findings) {
        return new Part<>(null, error, findings);
    }

    public <U> Part<U> map(Function<T, U> change) {
        T present = value;
        return present == null ? failed(error, findings) : of(change.apply(present));
    }

    /** Tells whether the API cannot understand what was asked. */
    public boolean isMalformed() {
        return error.startsWith("ENT-001");
    }

    /** Tells whether there is none. */
    public boolean isFailed() {
        return value == null;
    }
}
