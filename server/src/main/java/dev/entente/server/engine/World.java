package dev.entente.server.engine;

import dev.entente.server.telemetry.Metrics;
import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The outside world as an engine knows it: time, chance, threads. The simulation brings its own.
 *
 * @param clock the database's time
 * @param nanos this machine's monotonic clock, in nanoseconds; it may stand still while the machine is suspended
 * @param wallMillis this machine's wall clock, in milliseconds; it may jump
 * @param timers single-shot alarms
 * @param random uniformly drawn numbers, for jitter
 * @param metrics what is counted
 */
public record World(
        Supplier<Instant> clock,
        LongSupplier nanos,
        LongSupplier wallMillis,
        Timers timers,
        LongSupplier random,
        Metrics metrics) {

    /** Single-shot alarms; thread-safe. */
    public interface Timers {
        /** Runs the task once after the delay, on any thread; it must not block. */
        Alarm schedule(Duration delay, Runnable task);

        /** The same for what keeps this coordinator alive: no other task can hold it up. */
        default Alarm scheduleApart(Duration delay, Runnable task) {
            return schedule(delay, task);
        }
    }

    /** A handle on one alarm that was set. */
    public interface Alarm {
        /** Best effort: it may be running already. */
        void cancel();
    }

    /** The same world with another clock. */
    public World withClock(Supplier<Instant> other) {
        return new World(other, nanos, wallMillis, timers, random, metrics);
    }

    public Instant now() {
        return clock.get();
    }
}
