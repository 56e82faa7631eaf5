package dev.entente.participant.barrier;

import java.time.Duration;

/**
 * A barrier's times. Immutable.
 *
 * @param retention how long rows are kept
 * @param longestWait how long a call waits for another one of its branch
 * @param databaseTimeout how long an answer of the database is awaited that waits for no other call
 */
public record BarrierTimes(Duration retention, Duration longestWait, Duration databaseTimeout) {
    /** How long an answer of the database is awaited, the wait for another call included. */
    public Duration longestAnswer() {
        return databaseTimeout.plus(longestWait);
    }

    /** The same, but for how long rows are kept. */
    public BarrierTimes withRetention(Duration other) {
        return new BarrierTimes(other, longestWait, databaseTimeout);
    }

    /** The same, but for how long a call waits for another one of its branch. */
    public BarrierTimes withLongestWait(Duration other) {
        return new BarrierTimes(retention, other, databaseTimeout);
    }

    /** The same, but for how long an answer of the database is awaited. */
    public BarrierTimes withDatabaseTimeout(Duration other) {
        return new BarrierTimes(retention, longestWait, other);
    }
}
