package dev.entente.server.app;

import dev.entente.server.engine.EngineEnvironment;
import dev.entente.server.telemetry.Telemetry;
import io.grpc.netty.shaded.io.netty.util.HashedWheelTimer;
import io.grpc.netty.shaded.io.netty.util.Timeout;
import io.grpc.netty.shaded.io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * The engine's timers on one thread, with a wheel of 10 ms ticks: the wheel adds and cancels a timer without a lock.
 * Renewals of the lease have a separate thread. Thread-safe.
 */
final class WheelTimers implements EngineEnvironment.Timers {
    private final HashedWheelTimer wheel =
            new HashedWheelTimer(new DefaultThreadFactory("entente-timers", true), 10, TimeUnit.MILLISECONDS, 1024);
    private final HashedWheelTimer apart =
            new HashedWheelTimer(new DefaultThreadFactory("entente-lease", true), 10, TimeUnit.MILLISECONDS, 64);

    @Override
    public EngineEnvironment.Alarm schedule(Duration delay, Runnable task) {
        return on(wheel, delay, task);
    }

    @Override
    public EngineEnvironment.Alarm scheduleApart(Duration delay, Runnable task) {
        return on(apart, delay, task);
    }

    /** Returns the clocks of this machine, with these timers. */
    EngineEnvironment environment(Telemetry telemetry) {
        return new EngineEnvironment(
                Instant::now,
                System::nanoTime,
                System::currentTimeMillis,
                this,
                () -> ThreadLocalRandom.current().nextLong(),
                telemetry);
    }

    private static EngineEnvironment.Alarm on(HashedWheelTimer wheel, Duration delay, Runnable task) {
        try {
            Timeout timeout = wheel.newTimeout(_ -> task.run(), delay.toNanos(), TimeUnit.NANOSECONDS);
            return timeout::cancel;
        } catch (IllegalStateException _) { // closed: the wheel has no other state that refuses a timer
            return () -> {};
        }
    }

    /** Stops all timers. A task that is scheduled later never runs: the process ends. */
    void close() {
        var _ = wheel.stop();
        var _ = apart.stop();
    }
}
