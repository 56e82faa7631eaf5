package dev.entente.core.transaction;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The refusal of a request, which changed nothing. The exception has no stack trace, because a refusal is not a defect.
 * Text from the request is {@linkplain VisibleText made visible}.
 *
 * @see ErrorCode
 */
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * One error in the input.
     *
     * @param field path of the field, as a user typed it: {@code plan.saga.steps[1].after}; made visible
     * @param message the error in the field; made visible
     * @param count the number of findings that this violation represents: 1, except for a summary of the rest
     */
    public record Violation(ErrorCode code, String field, String message, int count) {
        /** Makes both texts visible. */
        public Violation {
            field = VisibleText.of(field);
            message = VisibleText.of(message);
        }

        public Violation(ErrorCode code, String field, String message) {
            this(code, field, message, 1);
        }
    }

    private final ErrorCode code;
    private final transient @Nullable Duration retryAfter;
    private final transient List<Violation> violations;

    private Refusal(ErrorCode code, String message, @Nullable Duration retryAfter, List<Violation> violations) {
        super(code.id() + ": " + VisibleText.of(message), null, false, false);
        this.code = code;
        this.retryAfter = retryAfter;
        this.violations = List.copyOf(violations);
    }

    /** @param message names the thing, the value and the remedy; without the code */
    public static Refusal of(ErrorCode code, String message) {
        return new Refusal(code, message, null, List.of());
    }

    /** Makes a refusal with a temporary cause: the client can send the request again after a while. */
    public static Refusal temporary(ErrorCode code, String message, Duration retryAfter) {
        return new Refusal(code, message, retryAfter, List.of());
    }

    /** Makes the refusal of an unknown gid. A gid that the caller may not see gets an equal refusal. */
    public static Refusal notFound(String gid) {
        return of(
                ErrorCode.NOT_FOUND,
                "there is no transaction '" + gid + "': never accepted here, or removed by retention");
    }

    /** Makes the refusal of a gid that is in use. The refusal does not disclose the owner or the content. */
    public static Refusal otherContent(String gid) {
        return of(
                ErrorCode.OTHER_CONTENT,
                "'" + gid + "' already exists with other content; use another gid, or send the same content");
    }

    /** Makes a refusal with one error in the input. */
    public static Refusal malformed(ErrorCode code, String field, String message) {
        return malformed(List.of(new Violation(code, field, message)), null);
    }

    /**
     * Makes a refusal with every error in the input; the first error determines the code of the answer.
     *
     * @param retryAfter the wait if all errors are temporary; otherwise null
     */
    public static Refusal malformed(List<Violation> violations, @Nullable Duration retryAfter) {
        Violation first = violations.getFirst();
        int others = violations.stream().mapToInt(Violation::count).sum() - first.count();
        String more = others == 0 ? "" : " (and " + others + " more)";
        return new Refusal(first.code(), first.field() + ": " + first.message() + more, retryAfter, violations);
    }

    public ErrorCode code() {
        return code;
    }

    /** Returns the wait before a repeated request may succeed, or null where waiting does not help. */
    public @Nullable Duration retryAfter() {
        return retryAfter;
    }

    /** Returns the errors in the input; empty where the input was valid. */
    public List<Violation> violations() {
        return violations;
    }
}
