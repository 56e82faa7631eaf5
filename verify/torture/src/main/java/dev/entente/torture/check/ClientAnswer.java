package dev.entente.torture.check;

/**
 * One exchange of a client with a coordinator, by the clock of the run.
 *
 * @param askedAt milliseconds since the epoch
 * @param answeredAt the same; meaningless for what was only sent
 */
public record ClientAnswer(String gid, long askedAt, long answeredAt, What what, Standing standing) {
    /** The kind of an answer. */
    public enum What {
        /** The client was told that its transaction is durable. */
        ACCEPTED,
        /** The client was told for certain that nothing was, or will be, written. */
        REFUSED,
        /** The client asked how it stands. */
        SEEN,
        /** The client has sent its Commit; whether it was heard is another matter. */
        COMMIT_SENT,
        COMMITTED,
        ABORT_SENT,
        ABORTED,
        /** Somebody has given his approval, and was told that it is taken. */
        APPROVED,
        /** The same with his no. */
        DISAPPROVED
    }
}
