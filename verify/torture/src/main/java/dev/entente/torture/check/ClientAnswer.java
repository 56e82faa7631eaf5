package dev.entente.torture.check;

/**
 * One exchange of a client with a coordinator, by the clock of the run.
 *
 * @param askedAt milliseconds since the epoch
 * @param answeredAt milliseconds since the epoch; meaningless for a request without an answer
 */
public record ClientAnswer(String gid, long askedAt, long answeredAt, Event what, ReportedState standing) {
    /** The event that an exchange reports. */
    public enum Event {
        /** The coordinator reported that the transaction is durable. */
        ACCEPTED,
        /** The coordinator reported that it certainly stored nothing, and will store nothing. */
        REFUSED,
        /** The client queried the state. */
        SEEN,
        /** The client has sent its Commit; the Commit may be lost. */
        COMMIT_SENT,
        COMMITTED,
        ABORT_SENT,
        ABORTED,
        /** An approver has approved, and the coordinator reported that the approval is recorded. */
        APPROVED,
        /** An approver has rejected, and the coordinator reported that the rejection is recorded. */
        DISAPPROVED
    }
}
