package dev.entente.participant;

/** The result of a call at the barrier, valid once its transaction is committed. */
sealed interface Passage<R> {
    /** The response, new or stored. */
    record Answered<R>(R response) implements Passage<R> {}

    /**
     * A no.
     *
     * @param recordedHere whether this transaction stored the verdict, so that its commit settles the rejection
     */
    record Refused<R>(Rejection rejection, boolean recordedHere) implements Passage<R> {}
}
