package dev.entente.server.engine;

import dev.entente.server.telemetry.Metrics;
import dev.entente.server.telemetry.Telemetry;
import dev.entente.server.telemetry.Traces;
import dev.entente.server.telemetry.TransactionEventLog;
import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The environment of an engine: time, randomness, timers. The simulation has its own.
 *
 * @param clock the database's time
 * @param nanos this machine's monotonic clock, in nanoseconds; it may stop while the machine is suspended
 * @param wallMillis this machine's wall clock, in milliseconds; it may jump
 * @param timers single-shot alarms
 * @param random uniformly drawn numbers, for jitter
 * @param telemetry the reports about the engine's work
 */
public record EngineEnvironment(
        Supplier<Instant> clock,
        LongSupplier nanos,
        LongSupplier wallMillis,
        Timers timers,
        LongSupplier random,
        Telemetry telemetry) {

    /** Creates an environment that reports only metrics. */
    public EngineEnvironment(
            Supplier<Instant> clock,
            LongSupplier nanos,
            LongSupplier wallMillis,
            Timers timers,
            LongSupplier random,
            Metrics metrics) {
        this(clock, nanos, wallMillis, timers, random, Telemetry.of(metrics, nanos));
    }

    /** Single-shot alarms; thread-safe. */
    public interface Timers {
        /** Runs the task once after the delay, on any thread; it must not block. */
        Alarm schedule(Duration delay, Runnable task);

        /** Runs a task that keeps this coordinator alive: no other task can delay it. */
        default Alarm scheduleApart(Duration delay, Runnable task) {
            return schedule(delay, task);
        }
    }

    /** A handle on one alarm that was set. */
    public interface Alarm {
        /** Cancels the alarm with best effort: its task may already be running. */
        void cancel();
    }

    public EngineEnvironment withClock(Supplier<Instant> other) {
        return new EngineEnvironment(other, nanos, wallMillis, timers, random, telemetry);
    }

    public Instant now() {
        return clock.get();
    }

    public Metrics metrics() {
        return telemetry.metrics();
    }

    public Traces traces() {
        return telemetry.traces();
    }

    public TransactionEventLog log() {
        return telemetry.log();
    }
}
