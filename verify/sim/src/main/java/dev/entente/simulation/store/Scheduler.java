package dev.entente.simulation.store;

import java.time.Duration;

/** Runs tasks later, on real or virtual time. */
@FunctionalInterface
public interface Scheduler {
    /** Runs the task once after the delay. Never runs it within this call, unless the scheduler ignores delays. */
    void after(Duration delay, Runnable task);
}
