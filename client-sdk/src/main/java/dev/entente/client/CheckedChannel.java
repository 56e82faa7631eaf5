package dev.entente.client;

import dev.entente.client.HealthCheck.Health;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * A channel to one coordinator that finds out whether it still lives while calls wait for it. After a second in which nothing came from it
 * it is asked how it is; if it does not answer that either, the calls that wait for it end as unavailable, and later ones get a new
 * connection. gRPC's own keepalive takes at least ten seconds. Thread-safe.
 */
final class CheckedChannel extends Channel {
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long TICK_MILLIS = 250;

    private final String address;
    private final ManagedChannel channel;
    private final Set<AwaitedCall<?, ?>> underWay = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean isTicking = new AtomicBoolean();
    private final AtomicBoolean isAsking = new AtomicBoolean();
    private volatile long heardNanos = System.nanoTime();
    private volatile boolean isServing = true;

    CheckedChannel(String address, ManagedChannel channel) {
        this.address = address;
        this.channel = channel;
    }

    @Override
    public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
        AttemptTrace.address(options, address);
        return new AwaitedCall<>(this, channel.newCall(method, options), AttemptTrace.of(options));
    }

    @Override
    public String authority() {
        return channel.authority();
    }

    /** False once it was asked and said that it takes no work, until it says otherwise. */
    boolean isServing() {
        return isServing;
    }

    /** Asks it how it is, without waiting. */
    void ask(Consumer<Health> told) {
        HealthCheck.ask(channel, health -> {
            isServing = health == Health.SERVING || (isServing && health != Health.NOT_SERVING);
            told.accept(health);
        });
    }

    void started(AwaitedCall<?, ?> call) {
        underWay.add(call);
    }

    void ended(AwaitedCall<?, ?> call) {
        underWay.remove(call);
    }

    /** Something came from the coordinator. */
    void heard() {
        heardNanos = System.nanoTime();
    }

    /** From now on somebody waits for it. */
    void awaited() {
        if (isTicking.compareAndSet(false, true)) {
            heard(); // what was not asked for cannot have been missing
            tickLater();
        }
    }

    private void tickLater() {
        Executor later = CompletableFuture.delayedExecutor(TICK_MILLIS, TimeUnit.MILLISECONDS, Runnable::run);
        later.execute(this::tick);
    }

    private void tick() {
        if (!isAwaited()) {
            isTicking.set(false);
            if (isAwaited()) {
                awaited();
            }
            return;
        }
        tickLater();
        long now = System.nanoTime();
        if (now - heardNanos >= QUIET_NANOS && isAsking.compareAndSet(false, true)) {
            ask(health -> told(health, now));
        }
    }

    private boolean isAwaited() {
        return underWay.stream().anyMatch(AwaitedCall::isWaiting);
    }

    private void told(Health health, long askedNanos) {
        isAsking.set(false);
        switch (health) {
            case SERVING, NOT_SERVING -> heard();
            case SILENT -> {
                if (heardNanos - askedNanos < 0) {
                    breakOff();
                }
            }
            case UNREACHABLE -> {
                // the calls end by themselves
            }
        }
    }

    private void breakOff() {
        underWay.forEach(AwaitedCall::breakOff);
        if (channel.getState(false) == ConnectivityState.READY) { // one that is being made may only be slow
            channel.enterIdle();
        }
    }
}
