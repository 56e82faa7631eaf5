package dev.entente.core.plan;

import dev.entente.core.transaction.ErrorCode;

/**
 * One thing that a check found.
 *
 * @param field where, as a path in the request: {@code plan.saga.steps[1].compensate.bind[0].from}
 * @param message what is wrong, with the value and the way out; without the code
 * @param isWarning whether the plan is accepted all the same
 * @param count how many findings it stands for: 1, save where the rest is counted
 */
public record Finding(ErrorCode code, String field, String message, boolean isWarning, int count) {
    Finding(ErrorCode code, String field, String message, boolean isWarning) {
        this(code, field, message, isWarning, 1);
    }

    public static Finding error(ErrorCode code, String field, String message) {
        return new Finding(code, field, message, false);
    }

    public static Finding warning(ErrorCode code, String field, String message) {
        return new Finding(code, field, message, true);
    }

    /** Returns one that stands for all those for which there is no place. */
    static Finding rest(int count, boolean isWarning) {
        return new Finding(ErrorCode.MALFORMED, "plan", "and %s more findings".formatted(count), isWarning, count);
    }

    /** The same where even a warning is refused. */
    public Finding asError() {
        return new Finding(code, field, message, false, count);
    }

    /** The same for a request in which what was found stands elsewhere. */
    public Finding moved(String from, String to) {
        return field.startsWith(from)
                ? new Finding(code, to + field.substring(from.length()), message, isWarning, count)
                : this;
    }
}
