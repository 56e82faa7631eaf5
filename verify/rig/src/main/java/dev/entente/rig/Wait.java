package dev.entente.rig;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits for conditions of other processes. */
public final class Wait {
    static final Duration PAUSE = Duration.ofMillis(50);

    private Wait() {}

    /** Blocks for that duration. */
    public static void pause(Duration length) throws InterruptedException {
        LockSupport.parkNanos(length.toNanos());
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    /**
     * A condition of a process or a database.
     *
     * @param <E> the exception if the condition cannot be checked
     */
    @FunctionalInterface
    public interface Condition<E extends Exception> {
        boolean holds() throws E;
    }

    /** Blocks until {@code condition} holds; returns false if it does not hold within {@code limit}. */
    public static <E extends Exception> boolean until(Duration limit, Condition<E> condition)
            throws E, InterruptedException {
        return until(limit, PAUSE, condition);
    }

    /**
     * Blocks until {@code condition} holds.
     *
     * @param every the pause between two checks
     * @throws ChildFailure naming {@code what} if the condition does not hold within {@code limit}
     */
    public static <E extends Exception> void until(String what, Duration limit, Duration every, Condition<E> condition)
            throws E, InterruptedException {
        if (!until(limit, every, condition)) {
            throw new ChildFailure("no result within " + limit + ": " + what, 1);
        }
    }

    /** Blocks until the condition holds, and checks it again after each pause; false when the limit is reached. */
    public static <E extends Exception> boolean until(Duration limit, Duration every, Condition<E> condition)
            throws E, InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > end) {
                return false;
            }
            pause(every);
        }
        return true;
    }

    /**
     * Blocks until the condition holds, at most for {@link Readiness#limit}, and prints notices meanwhile.
     *
     * @param what describes the condition: "the end of order-1"
     * @throws ChildFailure if the condition does not hold within the limit; the message contains a remedy
     */
    public static <E extends Exception> void until(String what, Condition<E> condition) throws E, InterruptedException {
        Duration limit = Readiness.limit();
        Duration left = limit;
        while (left.isPositive()) {
            Duration slice = left.compareTo(Readiness.NOTICE) < 0 ? left : Readiness.NOTICE;
            if (until(slice, condition)) {
                return;
            }
            left = left.minus(slice);
            System.err.printf(
                    "still waiting for %s (%d s)%n", what, limit.minus(left).toSeconds());
        }
        throw new ChildFailure(
                "no result after " + limit.toSeconds() + " s: " + what + "; increase --ready-timeout, or read the logs",
                1);
    }
}
