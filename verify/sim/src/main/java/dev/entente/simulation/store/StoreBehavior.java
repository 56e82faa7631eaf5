package dev.entente.simulation.store;

import java.time.Duration;
import java.util.Random;

/**
 * The behaviour of the simulated database: its delays and its rates of lost answers and refused commits.
 *
 * @param usual the longest usual delay of one direction (request or answer)
 * @param slow the longest delay of a slow direction
 * @param slowShare the share of slow delays, 0 to 1
 * @param inDoubtShare the share of commits with a lost answer, committed or not, 0 to 1
 * @param conflictShare the share of commits that are refused for a temporary error (a deadlock, a lock, a table that is
 *     briefly unavailable), 0 to 1
 */
public record StoreBehavior(
        Duration usual, Duration slow, double slowShare, double inDoubtShare, double conflictShare) {
    /** Delays of up to 2 ms, rarely half a second; one answer in fifty is lost, one commit in fifty is refused. */
    public static final StoreBehavior ROUGH =
            new StoreBehavior(Duration.ofMillis(2), Duration.ofMillis(500), 0.02, 0.02, 0.02);

    Duration delay(Random random) {
        long longestMicros = (random.nextDouble() < slowShare ? slow : usual).toNanos() / 1000;
        return longestMicros == 0
                ? Duration.ZERO
                : Duration.ofNanos(1000 * (1 + (long) (random.nextDouble() * longestMicros)));
    }

    boolean losesAnswer(Random random) {
        return inDoubtShare > 0 && random.nextDouble() < inDoubtShare;
    }

    boolean refuses(Random random) {
        return conflictShare > 0 && random.nextDouble() < conflictShare;
    }
}
