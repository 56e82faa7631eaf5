package dev.entente.simulation.store;

import java.time.Duration;

/** Runs tasks later, on whatever time there is. */
@FunctionalInterface
public interface Scheduler {
    /** Runs the task once after the delay; never within this call, unless the scheduler knows nothing of time. */
    void after(Duration delay, Runnable task);
}
