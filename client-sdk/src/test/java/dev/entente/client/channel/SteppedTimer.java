package dev.entente.client.channel;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A timer whose time the test advances. Used by one thread. */
final class SteppedTimer {
    private static final Duration TICK = Duration.ofMillis(250);

    private List<Runnable> waiting = new ArrayList<>();
    private long nanos;

    long nanos() {
        return nanos;
    }

    void afterTick(Runnable task) {
        waiting.add(task);
    }

    /** Advances the time without a tick, as for a paused process. */
    void pass(Duration time) {
        nanos += time.toNanos();
    }

    void tick(int times) {
        for (int i = 0; i < times; i++) {
            pass(TICK);
            List<Runnable> due = waiting;
            waiting = new ArrayList<>();
            due.forEach(Runnable::run);
        }
    }

    /** Returns whether a task waits for the next tick. */
    boolean isRunning() {
        return !waiting.isEmpty();
    }
}
