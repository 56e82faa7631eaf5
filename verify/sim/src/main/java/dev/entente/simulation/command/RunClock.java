package dev.entente.simulation.command;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How long a run of the simulation has taken, by the real clock, and when its sums are to be kept again. */
public final class RunClock {
    private static final long SAVE_EVERY_NANOS = Duration.ofSeconds(50).toNanos();

    private final long startNanos = System.nanoTime();
    private final @Nullable Duration bound;
    private long savedNanos = startNanos;

    /** @param bound after which it is over; null for never */
    RunClock(@Nullable Duration bound) {
        this.bound = bound;
    }

    boolean isOver() {
        return bound != null && System.nanoTime() - startNanos >= bound.toNanos();
    }

    /** Tells whether the last save is nearly a minute ago. The caller then saves. */
    boolean isSaveDue() {
        long now = System.nanoTime();
        boolean isDue = now - savedNanos >= SAVE_EVERY_NANOS;
        savedNanos = isDue ? now : savedNanos;
        return isDue;
    }

    long elapsedMillis() {
        return (System.nanoTime() - startNanos) / 1_000_000;
    }
}
