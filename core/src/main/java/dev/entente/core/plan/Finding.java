package dev.entente.core.plan;

import dev.entente.core.transaction.ErrorCode;

/**
 * One result of a check.
 *
 * @param field the place, as a path in the request: {@code plan.saga.steps[1].compensate.bind[0].from}
 * @param message the problem, with the value and the remedy; without the code
 * @param isWarning whether the plan is accepted despite the finding
 * @param count the number of findings that this finding represents: 1, except for a summary of the rest
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

    /** Returns one finding that represents all findings beyond the limit. */
    static Finding rest(int count, boolean isWarning) {
        return new Finding(ErrorCode.MALFORMED, "plan", "and %s more findings".formatted(count), isWarning, count);
    }

    /** Returns this finding as an error, for requests that reject warnings. */
    public Finding asError() {
        return new Finding(code, field, message, false, count);
    }

    /** Returns this finding for a request that has the field at another path. */
    public Finding moved(String from, String to) {
        return field.startsWith(from)
                ? new Finding(code, to + field.substring(from.length()), message, isWarning, count)
                : this;
    }
}
