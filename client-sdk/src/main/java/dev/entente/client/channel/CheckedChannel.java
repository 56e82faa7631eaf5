package dev.entente.client.channel;

import dev.entente.client.channel.HealthCheck.Health;
import dev.entente.wire.ErrorDetails;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

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

    private static final Status SILENT = Status.UNAVAILABLE.withDescription(
            "nothing came from the coordinator for more than two seconds, nor an answer to a health check");

    private final String address;
    private final ManagedChannel channel;
    private final LongSupplier nanos;
    private final Executor afterTick;
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

    /** Hears of calls that failed. */
    interface Failures {
        void failed(ErrorDetails answer, long startedNanos);
    }

    /**
     * A channel whose calls are checked on.
     *
     * @param nanos a monotonic clock
     * @param afterTick runs a task once, a tick later; none of them blocks
     */
    CheckedChannel(String address, ManagedChannel channel, LongSupplier nanos, Executor afterTick) {
        this.address = address;
        this.channel = channel;
        this.nanos = nanos;
        this.afterTick = afterTick;
        this.heardNanos = nanos.getAsLong();
        this.seenNanos = heardNanos;
        this.reconnectNanos = new AtomicLong(heardNanos);
    }

    @Override
    public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
        return newCall(method, options, null);
    }

    /** As {@link #newCall(MethodDescriptor, CallOptions)}, with somebody who hears of failures; null for none. */
    <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options, @Nullable Failures failures) {
        AttemptTrace trace = AttemptTrace.of(options);
        if (trace != null) {
            trace.goesTo(address);
        }
        reconnectIfFailed();
        boolean isStream = method.getType() == MethodDescriptor.MethodType.BIDI_STREAMING;
        return new AwaitedCall<>(channel.newCall(method, options), trace, isStream, failures);
    }

    /** At most once a second, so that many calls do not become as many attempts to connect. */
    private void reconnectIfFailed() {
        if (channel.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
            long last = reconnectNanos.get();
            long now = nanos();
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
        return nanos.getAsLong();
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

    /** Something came from the coordinator. */
    void heard() {
        heardNanos = nanos();
    }

    /** From now on somebody waits for it. */
    private void awaited() {
        if (isTicking.compareAndSet(false, true)) {
            quietTicks.set(0); // what was not asked for cannot have been missing
            afterTick.execute(this::tick);
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
        afterTick.execute(this::tick);
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
        if (health == Health.UNREACHABLE) {
            quietTicks.set(0); // the calls end by themselves
        } else if (health != Health.SILENT) { // or else the ticks decide
            heard();
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

    /** A call that may be broken off by any thread. */
    private final class AwaitedCall<Q, R> extends SimpleForwardingClientCall<Q, R> {
        private final @Nullable AttemptTrace trace;
        private final boolean isStream;
        private final @Nullable Failures failures;
        private volatile boolean isBrokenOff;
        private volatile boolean hasEnded;

        AwaitedCall(
                ClientCall<Q, R> call, @Nullable AttemptTrace trace, boolean isStream, @Nullable Failures failures) {
            super(call);
            this.trace = trace;
            this.isStream = isStream;
            this.failures = failures;
        }

        /** Tells whether somebody waits for an answer: always, but for a stream over which nothing is under way. */
        boolean isWaiting() {
            return trace == null || trace.isWaiting();
        }

        /** Ends it as unavailable: the coordinator says nothing any more. */
        void breakOff() {
            isBrokenOff = true;
            super.cancel("the coordinator is silent", null);
        }

        /** The stream of submits is cancelled where nothing came over it while one of them waited, and never else. */
        @Override
        public void cancel(@Nullable String message, @Nullable Throwable cause) {
            if (isStream && failures != null) {
                failures.failed(ErrorDetails.of(SILENT.asException()), nanos());
            }
            super.cancel(message, cause);
        }

        @Override
        public void start(Listener<R> listener, Metadata headers) {
            // a call that was broken off before it starts could not be started
            super.start(new Heard<>(this, listener), headers);
            underWay.add(this);
            if (hasEnded) {
                underWay.remove(this);
            } else {
                awaited();
            }
        }

        @Override
        public void sendMessage(Q message) {
            unlessBrokenOff(() -> super.sendMessage(message));
            awaited();
        }

        @Override
        public void halfClose() {
            unlessBrokenOff(super::halfClose);
        }

        /** A call that is cancelled throws at whoever goes on with it; its listener is told instead. */
        private void unlessBrokenOff(Runnable step) {
            try {
                step.run();
            } catch (IllegalStateException cancelled) {
                if (!isBrokenOff) {
                    throw cancelled;
                }
            }
        }

        private Status ended(Status status, Metadata trailers, long startedNanos) {
            hasEnded = true;
            underWay.remove(this);
            Status end = isBrokenOff && status.getCode() == Status.Code.CANCELLED ? SILENT : status;
            if (failures != null && !end.isOk()) {
                failures.failed(ErrorDetails.of(end.asRuntimeException(trailers)), startedNanos);
            }
            return end;
        }
    }

    private final class Heard<R> extends SimpleForwardingClientCallListener<R> {
        private final AwaitedCall<?, R> call;
        private final long startedNanos = nanos();

        Heard(AwaitedCall<?, R> call, ClientCall.Listener<R> listener) {
            super(listener);
            this.call = call;
        }

        @Override
        public void onHeaders(Metadata headers) {
            heard();
            super.onHeaders(headers);
        }

        @Override
        public void onMessage(R message) {
            heard();
            super.onMessage(message);
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            super.onClose(call.ended(status, trailers, startedNanos), trailers);
        }
    }
}
