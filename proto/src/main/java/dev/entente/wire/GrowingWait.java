package dev.entente.wire;

import dev.entente.Internal;
import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * The wait between attempts: random below a bound that grows with each attempt, to spread calls that failed together.
 * Full jitter: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015. Immutable.
 *
 * @param first the bound after the first failed attempt; positive
 * @param longest at least {@code first}
 * @param multiplier at least 1
 */
@Internal
public record GrowingWait(Duration first, Duration longest, double multiplier) {
    /** Makes a wait with a bound that doubles each time. */
    public static GrowingWait doubling(Duration first, Duration longest) {
        return new GrowingWait(first, longest, 2);
    }

    /**
     * Returns the upper bound of the wait after that number of failed attempts.
     *
     * @param attempts at least 1
     */
    public Duration boundAfter(int attempts) {
        double nanos = Math.min(first.toNanos() * Math.pow(multiplier, attempts - 1.0), (double) longest.toNanos());
        return Duration.ofNanos((long) nanos);
    }

    /**
     * Returns the wait after that number of failed attempts.
     *
     * @param attempts at least 1
     */
    public Duration after(int attempts, RandomGenerator random) {
        return Duration.ofNanos(random.nextLong(boundAfter(attempts).toNanos()));
    }
}
