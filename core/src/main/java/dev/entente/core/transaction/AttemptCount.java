package dev.entente.core.transaction;

/**
 * The attempts of the current operation of a branch.
 *
 * @param counted attempts since the last Retry by an operator
 * @param lastOutcome {@link Outcome#code} of the last finished call, 0 for none
 * @param lastError the detail of that outcome, for people
 */
public record AttemptCount(int counted, int lastOutcome, String lastError) {
    public static final AttemptCount NONE = new AttemptCount(0, 0, "");

    /** Sets the number of counted attempts and keeps the last outcome. */
    AttemptCount countedAs(int number) {
        return number == counted ? this : new AttemptCount(number, lastOutcome, lastError);
    }

    AttemptCount failing(String error) {
        return new AttemptCount(counted, lastOutcome, error);
    }
}
