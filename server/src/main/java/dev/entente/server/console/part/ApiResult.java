package dev.entente.server.console.part;

import dev.entente.core.transaction.ErrorCode;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A part of a page, or the reason why the part failed. Other parts of the page do not depend on the part.
 *
 * @param value null if the part failed and no earlier value is known
 * @param status the HTTP status of a page that consists of this part only
 * @param error empty if the part did not fail
 * @param findings the errors in the request, each with its field; empty if the API names none
 * @param asOf the time of an earlier value, which replaces the value of a part that failed; otherwise null
 */
public record ApiResult<T>(
        @Nullable T value,
        int status,
        String error,
        List<Finding> findings,
        @Nullable Instant asOf) {
    /**
     * An error in a request.
     *
     * @param field the path of the field, such as {@code plan.saga.steps[0].id}
     * @param text the message, which begins with the error code
     */
    public record Finding(String field, String text) {}

    public static <T> ApiResult<T> of(T value) {
        return new ApiResult<>(value, 200, "", List.of(), null);
    }

    public static <T> ApiResult<T> failed(String error) {
        return failed(503, error);
    }

    public static <T> ApiResult<T> failed(int status, String error) {
        return new ApiResult<>(null, status, error, List.of(), null);
    }

    public <U> ApiResult<U> map(Function<T, U> change) {
        T present = value;
        return with(present == null ? null : change.apply(present));
    }

    /** Returns the result with another value, and with the same error. */
    public <U> ApiResult<U> with(@Nullable U other) {
        return new ApiResult<>(other, status, error, findings, asOf);
    }

    /** Returns whether the API rejected the request as invalid. */
    public boolean isMalformed() {
        return status == 400;
    }

    /** Returns whether the outcome is unknown: the operation may have happened, or may still happen. */
    public boolean isOpen() {
        return status >= 500 && (!error.startsWith("ENT-") || ErrorCode.leavesOpen(error));
    }

    /** Returns whether there is no value, not even an earlier one. */
    public boolean isFailed() {
        return value == null;
    }
}
