package dev.entente.simulation.world;

import dev.entente.server.engine.World;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One operating system process on its machine, on virtual time: it can be killed, and it can be stopped for a while.
 * What reaches it while it is stopped waits; what reaches it when it is dead is lost.
 */
public final class VirtualProcess implements World.Timers {
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

    /** kill -9: nothing of it runs any more, not even the rest of what it was doing. */
    public void kill() {
        isDead = true;
        held.clear();
    }

    /** Stops it; the zombie comes back later and goes on where it was. */
    public void stop() {
        isStopped = true;
        stoppedAtNanos = time.nanos();
    }

    /** @param wasSuspended whether the machine slept, so that its monotonic clock stood still */
    public void resume(boolean wasSuspended) {
        isStopped = false;
        suspendedNanos += wasSuspended ? time.nanos() - stoppedAtNanos : 0;
        List<Runnable> waiting = List.copyOf(held);
        held.clear();
        waiting.forEach(this::run);
    }

    /** Something reaches the process now. */
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

    /** An answer from outside, as the process sees it. */
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
    public World.Alarm schedule(Duration delay, Runnable task) {
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
