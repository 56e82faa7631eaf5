package dev.entente.simulation.world;

import dev.entente.server.engine.EngineEnvironment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One operating system process on virtual time, which can be killed, or stopped for a while. Events that reach a
 * stopped process wait; events that reach a dead process are lost.
 */
public final class VirtualProcess implements EngineEnvironment.Timers {
    private final VirtualTime time;
    private final List<Runnable> held = new ArrayList<>();
    private boolean isDead;
    private boolean isStopped;
    private long suspendedNanos;
    private long stoppedAtNanos;

    public VirtualProcess(VirtualTime time) {
        this.time = time;
    }

    public boolean isDead() {
        return isDead;
    }

    public boolean isStopped() {
        return isStopped;
    }

    /** Kills the process like kill -9: it runs nothing any more, not even the rest of its current work. */
    public void kill() {
        isDead = true;
        held.clear();
    }

    /** Stops the process until {@link #resume}, after which it continues where it was. */
    public void stop() {
        isStopped = true;
        stoppedAtNanos = time.nanos();
    }

    /** @param wasSuspended whether the machine slept and its monotonic clock stopped */
    public void resume(boolean wasSuspended) {
        isStopped = false;
        suspendedNanos += wasSuspended ? time.nanos() - stoppedAtNanos : 0;
        List<Runnable> waiting = List.copyOf(held);
        held.clear();
        waiting.forEach(this::run);
    }

    /** Runs work that reaches the process now. */
    public void run(Runnable work) {
        if (isDead) {
            return;
        }
        if (isStopped) {
            held.add(work);
        } else {
            work.run();
        }
    }

    /** Returns an outside answer as the process receives it. */
    public <T extends @Nullable Object> CompletableFuture<T> received(CompletableFuture<T> outside) {
        CompletableFuture<T> inside = new CompletableFuture<>();
        var _ = outside.whenComplete((result, failure) -> run(() -> {
            if (failure == null) {
                inside.complete(result);
            } else {
                inside.completeExceptionally(failure);
            }
        }));
        return inside;
    }

    @Override
    public EngineEnvironment.Alarm schedule(Duration delay, Runnable task) {
        boolean[] isCancelled = {false};
        time.after(
                delay,
                () -> run(() -> {
                    if (!isCancelled[0]) {
                        task.run();
                    }
                }));
        return () -> isCancelled[0] = true;
    }

    public long monotonicNanos() {
        return time.nanos() - suspendedNanos;
    }
}
