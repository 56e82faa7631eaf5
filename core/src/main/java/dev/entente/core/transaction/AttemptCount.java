package dev.entente.core.transaction;

/**
 * The attempts of the operation that a branch is at.
 *
 * @param counted since the last Retry by an operator
 * @param lastOutcome {@link Outcome#code} of the last finished call, 0 for none
 * @param lastError its detail, for people
 */
public record AttemptCount(int counted, int lastOutcome, String lastError) {
    public static final AttemptCount NONE = new AttemptCount(0, 0, "");

    /** Counts them anew from that number; the last outcome stays known. */
    AttemptCount countedAs(int number) {
        return number == counted ? this : new AttemptCount(number, lastOutcome, lastError);
    }

    AttemptCount failing(String error) {
        return new AttemptCount(counted, lastOutcome, error);
    }
}
