package dev.entente.wire;

/** The coordinator's decision about a transaction, for participants with prepared work. */
public enum Decision {
    /** Durable: every branch is to be committed, or is committed. */
    COMMIT,
    /** Durable: every branch is to be rolled back, or is rolled back. */
    ROLL_BACK,
    /** No decision is known to be durable: wait. */
    NOT_YET,
    /** The coordinator does not know the transaction: it never arrived, or was removed after the retention period. */
    UNKNOWN
}
