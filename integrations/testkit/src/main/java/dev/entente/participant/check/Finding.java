package dev.entente.participant.check;

/**
 * The finding about one guarantee of one branch.
 *
 * @param detail the observation, or why there is none; empty if the guarantee holds
 */
public record Finding(String branch, CallKind way, Guarantee guarantee, Verdict verdict, String detail) {
    /** The result of the check of a guarantee. */
    public enum Verdict {
        HOLDS,
        BROKEN,
        /** The plan or the query does not permit a check. Weaker than {@link #HOLDS}. */
        NOT_JUDGED
    }

    /** Returns one line for people. */
    @Override
    public String toString() {
        return branch + way.suffix() + ": " + guarantee.sentence() + ": " + verdict
                + (detail.isEmpty() ? "" : " (" + detail + ")");
    }
}
