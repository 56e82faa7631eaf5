package dev.entente.server.plan;

import dev.entente.server.transaction.ErrorCode;

/**
 * One thing that a check found.
 *
 * @param field where, as a path in the request: {@code plan.saga.steps[1].compensate.bind[0].from}
 * @param message what is wrong, with the value and the way out; without the code
 * @param isWarning whether the plan is accepted all the same
 */
public record Finding(ErrorCode code, String field, String message, boolean isWarning) {
    public static Finding error(ErrorCode code, String field, String message) {
        return new Finding(code, field, message, false);
    }

    public static Finding warning(ErrorCode code, String field, String message) {
        return new Finding(code, field, message, true);
    }

    /** The same where even a warning is refused. */
    public Finding asError() {
        return isWarning ? error(code, field, message) : this;
    }

    /** The same for a request in which what was found stands elsewhere. */
    public Finding moved(String from, String to) {
        return field.startsWith(from)
                ? new Finding(code, to + field.substring(from.length()), message, isWarning)
                : this;
    }
}
