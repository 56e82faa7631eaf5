package dev.entente.client.channel;

import dev.entente.client.channel.HealthCheck.Health;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * A channel to one coordinator that finds out whether it still lives while calls wait for it. After a second in which
 * nothing came from it it is asked how it is; if it does not answer that either, the calls that wait for it end as
 * unavailable, and later ones get a new connection. gRPC's own keepalive takes at least ten seconds. Thread-safe.
 *
 * <p>Silence is counted in ticks of this process, not in time: a process that itself stood still, as in a long garbage
 * collection, has not listened, and blames nobody for it.
 */
final class CheckedChannel extends Channel {
    /** About a second in which nothing came. */
    private static final int QUIET_TICKS = 4;
    /** About 1.25 s more, in which the health check was not answered either. */
    private static final int SILENT_TICKS = 9;
    /** gRPC pauses up to two minutes between attempts to connect, and fails calls with an old reason meanwhile. */
    private static final long RECONNECT_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final String address;
    private final ManagedChannel channel;
    private final CheckTimer timer;
    private final Set<AwaitedCall<?, ?>> underWay = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean isTicking = new AtomicBoolean();
    private final AtomicBoolean isAsking = new AtomicBoolean();
    /** Ticks since something came, or somebody began to wait. */
    private final AtomicInteger quietTicks = new AtomicInteger();

    private final AtomicLong reconnectNanos;
    private volatile long heardNanos;
    private volatile boolean isServing = true;
    /** The time of the last tick; changed by ticks alone. */
    private volatile long seenNanos;

    CheckedChannel(String address, ManagedChannel channel, CheckTimer timer) {
        this.address = address;
        this.channel = channel;
        this.timer = timer;
        this.heardNanos = timer.nanos();
        this.seenNanos = heardNanos;
        this.reconnectNanos = new AtomicLong(heardNanos);
    }

    @Override
    public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
        AttemptTrace.address(options, address);
        reconnectIfFailed();
        return new AwaitedCall<>(this, channel.newCall(method, options), AttemptTrace.of(options));
    }

    /** At most once a second, so that many calls do not become as many attempts to connect. */
    private void reconnectIfFailed() {
        if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
            long last = reconnectNanos.get();
            long now = timer.nanos();
            if (now - last >= RECONNECT_NANOS && reconnectNanos.compareAndSet(last, now)) {
                channel.resetConnectBackoff();
            }
        }
    }

    @Override
    public String authority() {
        return channel.authority();
    }

    /** False once it was asked and said that it takes no work, until it says otherwise. */
    boolean isServing() {
        return isServing;
    }

    /** The time that {@link #hasSpokenSince} compares with. */
    long nanos() {
        return timer.nanos();
    }

    /** Tells whether anything has come from the coordinator since then. */
    boolean hasSpokenSince(long nanos) {
        return heardNanos - nanos > 0;
    }

    /** Asks it how it is, without waiting. */
    void ask(Consumer<Health> told) {
        reconnectIfFailed();
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
        heardNanos = timer.nanos();
    }

    /** From now on somebody waits for it. */
    void awaited() {
        if (isTicking.compareAndSet(false, true)) {
            quietTicks.set(0); // what was not asked for cannot have been missing
            timer.afterTick(this::tick);
        }
    }

    private void tick() {
        if (!isAwaited()) {
            isTicking.set(false);
            if (isAwaited()) {
                awaited();
            }
            return;
        }
        timer.afterTick(this::tick);
        if (seenNanos != heardNanos) {
            seenNanos = heardNanos;
            quietTicks.set(0);
        } else {
            quiet(quietTicks.incrementAndGet());
        }
    }

    private boolean isAwaited() {
        return underWay.stream().anyMatch(AwaitedCall::isWaiting);
    }

    private void quiet(int ticks) {
        if (ticks >= SILENT_TICKS) {
            breakOff();
        } else if (ticks >= QUIET_TICKS && isAsking.compareAndSet(false, true)) {
            ask(this::told);
        }
    }

    private void told(Health health) {
        isAsking.set(false);
        switch (health) {
            case SERVING, NOT_SERVING -> heard();
            case UNREACHABLE -> quietTicks.set(0); // the calls end by themselves
            case SILENT -> {
                // the ticks decide
            }
        }
    }

    /** Ends all calls that wait, and has the next one connect anew. */
    void breakOff() {
        quietTicks.set(0);
        underWay.forEach(AwaitedCall::breakOff);
        if (channel.getState(false) == ConnectivityState.READY) { // one that is being made may only be slow
            channel.enterIdle();
        }
    }
}
