package dev.entente.core.decision;

import dev.entente.core.transaction.CallPolicy;
import java.time.Duration;
import java.util.List;

/**
 * The wait before the next attempt: exponential, capped, with full jitter.
 *
 * <p>Full jitter (a uniform draw from zero to the exponential bound) best spreads clients that failed together, and
 * costs the least work in total: Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
public final class Backoff {
    /** The longest accepted wish of a participant: a wrong unit must not delay a transaction for ever. */
    static final Duration LONGEST_WISH = Duration.ofDays(1);

    private static final double NANOS_PER_MILLI = 1e6;

    private Backoff() {}

    /**
     * Returns the wait after that number of counted attempts.
     *
     * @param attempts finished so far, at least 1
     * @param random any uniformly drawn long
     * @return in whole milliseconds, 1 ms to the policy's cap; or exactly as scheduled
     */
    public static Duration delay(CallPolicy policy, int attempts, long random) {
        List<Duration> schedule = policy.schedule();
        if (!schedule.isEmpty()) {
            return schedule.get(Math.clamp(attempts - 1, 0, schedule.size() - 1));
        }
        double fraction = (random >>> 11) * 0x1.0p-53;
        long millis = (long) (boundMillis(policy, attempts) * fraction);
        return Duration.ofMillis(Math.max(1, millis));
    }

    /**
     * Returns the wait of {@link #delay(CallPolicy, int, long)}, but at least the participant's wish (RetryInfo,
     * Retry-After).
     *
     * @param atLeast the participant's wish; negative counts as none, more than a day as a day
     */
    public static Duration delay(CallPolicy policy, int attempts, long random, Duration atLeast) {
        Duration wish = atLeast.compareTo(LONGEST_WISH) > 0 ? LONGEST_WISH : atLeast;
        Duration jittered = delay(policy, attempts, random);
        return wish.compareTo(jittered) > 0 ? wish : jittered;
    }

    /**
     * Returns a wait from the given wait to 1.5 times the given wait, to spread calls that received equal waits at one
     * time.
     *
     * @param random any uniformly drawn long
     */
    static Duration jittered(Duration wait, long random) {
        double fraction = (random >>> 11) * 0x1.0p-53;
        return wait.plusMillis((long) (wait.toMillis() * fraction / 2));
    }

    /** Returns first · multiplier^(attempts-1), at most the cap. Doubles reach infinity instead of overflowing. */
    private static double boundMillis(CallPolicy policy, int attempts) {
        double grown = millis(policy.firstBackoff()) * Math.pow(policy.multiplier(), Math.max(0, attempts - 1));
        return Math.min(grown, millis(policy.maxBackoff()));
    }

    private static double millis(Duration duration) {
        return duration.getSeconds() * 1e3 + duration.getNano() / NANOS_PER_MILLI;
    }
}
