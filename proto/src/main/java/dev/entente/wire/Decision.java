package dev.entente.wire;

/** The coordinator's decision about a transaction, for participants that have prepared something for it. */
public enum Decision {
    /** Durably: every branch is to be committed, or was. */
    COMMIT,
    /** Durably: every branch is to be rolled back, or was. */
    ROLL_BACK,
    /** Nothing that is known to be durable: wait. */
    NOT_YET,
    /** The coordinator does not know the transaction: it never came there, or it ended longer ago than is kept. */
    UNKNOWN
}
