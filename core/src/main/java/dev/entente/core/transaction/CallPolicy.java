package dev.entente.core.transaction;

import java.time.Duration;
import java.util.List;

/**
 * The rules for the calls of one operation, with all defaults filled in.
 *
 * @param timeout of one attempt, 1 ms to 1 h
 * @param maxAttempts counted attempts before the transaction switches to undo or is parked, 1 to 1000
 * @param firstBackoff before the second attempt
 * @param maxBackoff cap of the exponential growth
 * @param multiplier growth per attempt, at least 1
 * @param schedule explicit pauses in order, the last one repeats; empty: the pauses grow exponentially
 */
public record CallPolicy(
        Duration timeout,
        int maxAttempts,
        Duration firstBackoff,
        Duration maxBackoff,
        double multiplier,
        List<Duration> schedule) {

    public static final int FORWARD_ATTEMPTS = 5;
    public static final int SETTLING_ATTEMPTS = 20;
    public static final int NOTIFICATION_ATTEMPTS = 10;
    public static final double MULTIPLIER = 2.0;
    public static final int CHECK_BACK_ATTEMPTS = 15;
    public static final Duration CHECK_BACK_EVERY = Duration.ofSeconds(10);

    public CallPolicy {
        schedule = List.copyOf(schedule);
    }

    /** Makes a policy with pauses that grow. */
    public CallPolicy(
            Duration timeout, int maxAttempts, Duration firstBackoff, Duration maxBackoff, double multiplier) {
        this(timeout, maxAttempts, firstBackoff, maxBackoff, multiplier, List.of());
    }

    /** Returns the defaults for an operation of this role. */
    public static CallPolicy standard(Role role) {
        return new CallPolicy(
                Duration.ofSeconds(30),
                role == Role.FORWARD ? FORWARD_ATTEMPTS : SETTLING_ATTEMPTS,
                Duration.ofSeconds(1),
                Duration.ofMinutes(5),
                MULTIPLIER);
    }

    public CallPolicy withSchedule(List<Duration> pauses) {
        return new CallPolicy(timeout, maxAttempts, firstBackoff, maxBackoff, multiplier, pauses);
    }

    public CallPolicy withMaxAttempts(int attempts) {
        return new CallPolicy(timeout, attempts, firstBackoff, maxBackoff, multiplier, schedule);
    }
}
