package dev.entente.rig;

import java.time.Duration;

/**
 * Waits for what comes about however slow the machine is: as long as for a process to become ready, and saying so
 * meanwhile.
 */
public final class Awaited {
    private Awaited() {}

    /**
     * Blocks until the condition holds.
     *
     * @param what names it: "the end of order-1"
     * @throws ChildFailure where it does not hold in all that time, with a way out
     */
    public static <E extends Exception> void until(String what, Wait.Condition<E> condition)
            throws E, InterruptedException {
        Duration limit = Readiness.limit();
        Duration left = limit;
        while (left.isPositive()) {
            Duration turn = left.compareTo(Readiness.NOTICE) < 0 ? left : Readiness.NOTICE;
            if (Wait.until(turn, condition)) {
                return;
            }
            left = left.minus(turn);
            System.err.printf(
                    "still waiting for %s (%d s)%n", what, limit.minus(left).toSeconds());
        }
        throw new ChildFailure(
                what + " has not come about after " + limit.toSeconds()
                        + " s; allow more with --ready-timeout, or look at the logs",
                1);
    }
}
