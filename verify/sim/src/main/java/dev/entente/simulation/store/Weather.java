package dev.entente.simulation.store;

import java.time.Duration;
import java.util.Random;

/**
 * How the simulated database behaves: how long it takes, and how often an answer to a commit is lost.
 *
 * @param usual the longest time that one leg (there, or back) usually takes
 * @param slow the longest time it takes when it is slow
 * @param slowShare how often it is slow, 0 to 1
 * @param inDoubtShare how often the answer to a commit is lost, committed or not, 0 to 1
 * @param conflictShare how often a commit is refused for something that passes (a deadlock, a lock, a table that is
 *     away for a moment), 0 to 1
 */
public record Weather(Duration usual, Duration slow, double slowShare, double inDoubtShare, double conflictShare) {
    /**
     * Mostly within two milliseconds, now and then half a second; one answer in fifty is lost, one commit in fifty
     * refused.
     */
    public static final Weather ROUGH = new Weather(Duration.ofMillis(2), Duration.ofMillis(500), 0.02, 0.02, 0.02);

    Duration leg(Random random) {
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
