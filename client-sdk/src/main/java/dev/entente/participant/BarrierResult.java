package dev.entente.participant;

/** The result of a call at the barrier, valid once its transaction is committed. */
sealed interface BarrierResult<R> {
    /** The response, new or stored. */
    record Answered<R>(R response) implements BarrierResult<R> {}

    /**
     * A refusal.
     *
     * @param recordedHere whether this transaction stored the verdict, so that its commit settles the rejection
     */
    record Refused<R>(Rejection rejection, boolean recordedHere) implements BarrierResult<R> {
        @Override
        public R response() {
            throw rejection;
        }
    }

    /**
     * Returns the response.
     *
     * @throws Rejection if the call was refused
     */
    R response();

    /** As {@link #response}, after the commit: a rejection that the transaction stored is settled. */
    default R committed() {
        if (this instanceof Refused<R> refused && refused.recordedHere()) {
            throw refused.rejection().settled();
        }
        return response();
    }
}
