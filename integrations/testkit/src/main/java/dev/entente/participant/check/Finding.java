package dev.entente.participant.check;

/**
 * The finding about one guarantee at one branch.
 *
 * @param detail what was seen, or why nothing could be; empty where it holds
 */
public record Finding(String branch, CallWay way, Guarantee guarantee, Verdict verdict, String detail) {
    /** Tells whether the guarantee was kept. */
    public enum Verdict {
        HOLDS,
        BROKEN,
        /** The plan or the query does not allow to tell. Not as good as {@link #HOLDS}. */
        NOT_JUDGED
    }

    /** For people, on one line. */
    @Override
    public String toString() {
        return branch + way.suffix() + ": " + guarantee.sentence() + ": " + verdict
                + (detail.isEmpty() ? "" : " (" + detail + ")");
    }
}
