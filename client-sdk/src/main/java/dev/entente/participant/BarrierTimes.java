package dev.entente.participant;

import java.time.Duration;

/**
 * A barrier's times.
 *
 * @param retention how long rows are kept
 * @param longestWait how long a call waits for another one of its branch
 * @param databaseTimeout how long an answer of the database is awaited that waits for no other call
 */
record BarrierTimes(Duration retention, Duration longestWait, Duration databaseTimeout) {
    /** How long an answer of the database is awaited. */
    Duration longestAnswer() {
        return databaseTimeout.plus(longestWait);
    }

    BarrierTimes withRetention(Duration other) {
        return new BarrierTimes(other, longestWait, databaseTimeout);
    }

    BarrierTimes withLongestWait(Duration other) {
        return new BarrierTimes(retention, other, databaseTimeout);
    }

    BarrierTimes withDatabaseTimeout(Duration other) {
        return new BarrierTimes(retention, longestWait, other);
    }
}
