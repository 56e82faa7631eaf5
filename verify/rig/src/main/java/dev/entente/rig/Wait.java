package dev.entente.rig;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Waits for what another process does. */
public final class Wait {
    private static final Duration PAUSE = Duration.ofMillis(10);

    private Wait() {}

    /** Blocks for so long. */
    public static void pause(Duration length) throws InterruptedException {
        LockSupport.parkNanos(length.toNanos());
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    /**
     * A condition of a process or a database.
     *
     * @param <E> why it may not be known
     */
    @FunctionalInterface
    public interface Condition<E extends Exception> {
        boolean holds() throws E;
    }

    /** Blocks until {@code condition} holds; answers false where it does not within {@code limit}. */
    public static <E extends Exception> boolean until(Duration limit, Condition<E> condition)
            throws E, InterruptedException {
        return until(limit, PAUSE, condition);
    }

    /**
     * Blocks until {@code condition} holds.
     *
     * @param every how long it pauses between two looks
     * @throws ChildFailure naming {@code what} if it does not within {@code limit}
     */
    public static <E extends Exception> void until(String what, Duration limit, Duration every, Condition<E> condition)
            throws E, InterruptedException {
        if (!until(limit, every, condition)) {
            throw new ChildFailure("not within " + limit + ": " + what, 1);
        }
    }

    private static <E extends Exception> boolean until(Duration limit, Duration every, Condition<E> condition)
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
}
