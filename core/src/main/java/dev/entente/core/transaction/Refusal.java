package dev.entente.core.transaction;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request that is answered with an error: nothing was done. Carries no stack trace, for it is no defect. Whatever it
 * quotes of the request is {@linkplain VisibleText made visible}.
 *
 * @see ErrorCode
 */
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * One thing that is wrong with the input.
     *
     * @param field path of the field, as a user typed it: {@code plan.saga.steps[1].after}; made visible
     * @param message what is wrong with it; made visible
     * @param count how many findings it stands for: 1, save where the rest is counted
     */
    public record Violation(ErrorCode code, String field, String message, int count) {
        /** Keeps both texts as they may be shown. */
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

    /** @param message names the thing, the value and the way out; without the code */
    public static Refusal of(ErrorCode code, String message) {
        return new Refusal(code, message, null, List.of());
    }

    /** One that passes by itself: worth sending again after a while. */
    public static Refusal temporary(ErrorCode code, String message, Duration retryAfter) {
        return new Refusal(code, message, retryAfter, List.of());
    }

    /** That gid is not known; or not to be known by who asks, who must not be told the difference. */
    public static Refusal notFound(String gid) {
        return of(
                ErrorCode.NOT_FOUND,
                "there is no transaction '" + gid + "': never accepted here, or removed by retention");
    }

    /** That gid stands already; whose it is, and with which content, is not told. */
    public static Refusal otherContent(String gid) {
        return of(
                ErrorCode.OTHER_CONTENT,
                "'" + gid + "' stands already with other content; use another gid, or send the same content");
    }

    /** One thing that is wrong with the input. */
    public static Refusal malformed(ErrorCode code, String field, String message) {
        return malformed(List.of(new Violation(code, field, message)), null);
    }

    /**
     * Bad input, every finding at once; the first one's code is the answer's.
     *
     * @param retryAfter how long to wait where all of that passes by itself; else null
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

    /** How long to wait before the same request may succeed, or null where waiting does not help. */
    public @Nullable Duration retryAfter() {
        return retryAfter;
    }

    /** The findings in the input; empty where it was not at fault. */
    public List<Violation> violations() {
        return violations;
    }
}
