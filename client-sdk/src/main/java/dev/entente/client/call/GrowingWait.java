package dev.entente.client.call;

import java.time.Duration;

/**
 * The wait between attempts, by its bound, which grows with each of them. Immutable.
 *
 * @param first after the first failed attempt; positive
 * @param longest at least {@code first}
 * @param multiplier at least 1
 */
public record GrowingWait(Duration first, Duration longest, double multiplier) {
    /** Doubles the bound each time. */
    public static GrowingWait doubling(Duration first, Duration longest) {
        return new GrowingWait(first, longest, 2);
    }

    /**
     * The upper bound of the wait after so many failed attempts.
     *
     * @param attempts at least 1
     */
    public Duration boundAfter(int attempts) {
        double nanos = Math.min(first.toNanos() * Math.pow(multiplier, attempts - 1.0), (double) longest.toNanos());
        return Duration.ofNanos((long) nanos);
    }
}
