package dev.entente.client;

import dev.entente.v1.CallPolicy;
import dev.entente.wire.GrowingWait;
import dev.entente.wire.Times;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The number of attempts of an operation and the waits between them. A wait is random. Its upper bound starts at {@code
 * firstBackoff} and grows by {@code multiplier} up to {@code maxBackoff}. After the last attempt a forward operation
 * switches the transaction to undo. An undo or completion parks the transaction.
 *
 * @param firstBackoff positive
 * @param maxBackoff at least {@code firstBackoff}
 * @param maxAttempts at least 1; 1 means no retry
 * @param multiplier at least 1
 * @param schedule the exact pauses, which replace the random waits; empty for none
 */
public record Retry(
        Duration firstBackoff, Duration maxBackoff, int maxAttempts, double multiplier, List<Duration> schedule) {
    /**
     * Checks the bounds.
     *
     * @throws IllegalArgumentException if a value is out of bounds
     */
    public Retry {
        if (firstBackoff.isNegative() || firstBackoff.isZero() || maxBackoff.compareTo(firstBackoff) < 0) {
            throw new IllegalArgumentException("backoff from " + firstBackoff + " to " + maxBackoff
                    + ": the first must be positive, and the last at least as long");
        }
        if (maxAttempts < 1 || !(multiplier >= 1)) {
            throw new IllegalArgumentException(
                    maxAttempts + " attempts, multiplier " + multiplier + ": both must be at least 1");
        }
        schedule = List.copyOf(schedule);
        schedule.forEach(pause -> Times.positive(pause, "a pause"));
    }

    /** Creates a rule with growing pauses. */
    public Retry(Duration firstBackoff, Duration maxBackoff, int maxAttempts, double multiplier) {
        this(firstBackoff, maxBackoff, maxAttempts, multiplier, List.of());
    }

    /**
     * Returns a rule with exactly these pauses, and one more attempt than pauses.
     *
     * @throws IllegalArgumentException if there is none, or one is not positive
     */
    public static Retry schedule(List<Duration> pauses) {
        if (pauses.isEmpty()) {
            throw new IllegalArgumentException("a schedule has at least one pause; Retry.never() has none");
        }
        Duration longest = Collections.max(pauses);
        return new Retry(longest, longest, pauses.size() + 1, 1, pauses);
    }

    /** Returns a rule with random waits whose upper bound doubles each time. */
    public static Retry exponential(Duration firstBackoff, Duration maxBackoff, int maxAttempts) {
        return new Retry(firstBackoff, maxBackoff, maxAttempts, 2);
    }

    /** Returns a rule with random waits that all have the same upper bound. */
    public static Retry fixed(Duration backoff, int maxAttempts) {
        return new Retry(backoff, backoff, maxAttempts, 1);
    }

    /** Returns a rule with one attempt. */
    public static Retry never() {
        return fixed(Duration.ofSeconds(1), 1);
    }

    /** Returns the upper bound of the wait after a number of failed attempts, which is at least 1. */
    public Duration boundAfter(int attempts) {
        if (!schedule.isEmpty()) {
            return schedule.get(Math.min(attempts, schedule.size()) - 1);
        }
        return new GrowingWait(firstBackoff, maxBackoff, multiplier).boundAfter(attempts);
    }

    /**
     * Returns the wait after a number of failed attempts, which is at least 1. The wait is random below the bound, so
     * that simultaneous failures are not retried simultaneously. A schedule returns its exact pause.
     */
    public Duration waitAfter(int attempts, RandomGenerator random) {
        Duration bound = boundAfter(attempts);
        return schedule.isEmpty() ? Duration.ofNanos(random.nextLong(bound.toNanos())) : bound;
    }

    void writeTo(CallPolicy.Builder policy) {
        if (!schedule.isEmpty()) {
            schedule.forEach(pause -> policy.addSchedule(Times.proto(pause)));
            return;
        }
        policy.setFirstBackoff(Times.proto(firstBackoff))
                .setMaxBackoff(Times.proto(maxBackoff))
                .setMaxAttempts(maxAttempts)
                .setMultiplier(multiplier);
    }
}
