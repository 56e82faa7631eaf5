package dev.entente.simulation.world;

import dev.entente.simulation.store.Scheduler;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;

/** Time that advances only from task to task, on one thread. Tasks of the same moment run in scheduling order. */
public final class VirtualTime implements Scheduler {
    private static final Instant EPOCH = Instant.parse("2026-01-01T00:00:00Z");

    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(Comparator.comparingLong(Task::atNanos).thenComparingLong(Task::number));
    private long nanos;
    private long number;
    private long steps;

    private record Task(long atNanos, long number, Runnable work) {}

    @Override
    public void after(Duration delay, Runnable work) {
        tasks.add(new Task(nanos + Math.max(0, delay.toNanos()), number++, work));
    }

    public long steps() {
        return steps;
    }

    public long nanos() {
        return nanos;
    }

    public Instant now() {
        return EPOCH.plusNanos(nanos);
    }

    /** Runs the next task; returns false if there is none before the end. */
    public boolean step(Duration end) {
        Task next = tasks.peek();
        if (next == null || next.atNanos > end.toNanos()) {
            return false;
        }
        tasks.remove();
        nanos = next.atNanos;
        steps++;
        next.work.run();
        return true;
    }
}
