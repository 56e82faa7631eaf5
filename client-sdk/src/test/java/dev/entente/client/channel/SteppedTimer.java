package dev.entente.client.channel;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Time that passes when its test says so. Used by one thread. */
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

    /** Lets time pass without a tick, as it does for a process that stands still. */
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

    /** Tells whether anything waits for the next tick. */
    boolean isRunning() {
        return !waiting.isEmpty();
    }
}
