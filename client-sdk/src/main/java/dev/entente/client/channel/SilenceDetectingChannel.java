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
 * A channel to one coordinator that detects a silent coordinator while calls wait. After one second without data it
 * sends a health check. If the health check gets no response either, the waiting calls fail as UNAVAILABLE. Later calls
 * use a new connection. gRPC's own keepalive takes at least ten seconds. Thread-safe.
 *
 * <p>Silence is counted in ticks of this process, not in time. A paused process, as in a long garbage collection,
 * receives no data, and the pause must not count as the coordinator's silence.
 */
final class SilenceDetectingChannel extends Channel {
    /** About one second without data. */
    private static final int QUIET_TICKS = 4;
    /** About 1.25 s more, without a response to the health check. */
    private static final int SILENT_TICKS = 9;
    /** gRPC pauses up to two minutes between attempts to connect, and meanwhile fails calls with an old reason. */
    private static final long RECONNECT_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final Status SILENT = Status.UNAVAILABLE.withDescription(
            "the coordinator sent nothing for more than two seconds, and did not respond to a health check");

    private final String address;
    private final ManagedChannel channel;
    private final LongSupplier nanos;
    private final Executor afterTick;
    private final Set<AwaitedCall<?, ?>> inFlight = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean isTicking = new AtomicBoolean();
    private final AtomicBoolean isAsking = new AtomicBoolean();
    /** The number of ticks since data arrived, or since a call began to wait. */
    private final AtomicInteger quietTicks = new AtomicInteger();

    private final AtomicLong reconnectNanos;
    private volatile long receivedNanos;
    private volatile boolean isServing = true;
    /** The time of the last data that a tick has seen; changed only by ticks. */
    private volatile long seenNanos;

    /** Receives failed calls. */
    interface Failures {
        void failed(ErrorDetails answer, long startedNanos);
    }

    /**
     * Creates a channel that checks its calls.
     *
     * @param nanos a monotonic clock
     * @param afterTick runs a task once, one tick later; the tasks do not block
     */
    SilenceDetectingChannel(String address, ManagedChannel channel, LongSupplier nanos, Executor afterTick) {
        this.address = address;
        this.channel = channel;
        this.nanos = nanos;
        this.afterTick = afterTick;
        this.receivedNanos = nanos.getAsLong();
        this.seenNanos = receivedNanos;
        this.reconnectNanos = new AtomicLong(receivedNanos);
    }

    @Override
    public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
        return newCall(method, options, null);
    }

    /** As {@link #newCall(MethodDescriptor, CallOptions)}, with a receiver of failures; null for none. */
    <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options, @Nullable Failures failures) {
        AttemptTrace trace = AttemptTrace.of(options);
        if (trace != null) {
            trace.goesTo(address);
        }
        reconnectIfFailed();
        boolean isStream = method.getType() == MethodDescriptor.MethodType.BIDI_STREAMING;
        return new AwaitedCall<>(channel.newCall(method, options), trace, isStream, failures);
    }

    /** Reconnects at most once per second, so that many calls do not cause as many attempts to connect. */
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

    /** Returns false after a health check reported NOT_SERVING, until a health check reports otherwise. */
    boolean isServing() {
        return isServing;
    }

    /** Returns the time for {@link #hasSpokenSince}. */
    long nanos() {
        return nanos.getAsLong();
    }

    /** Returns whether data has arrived from the coordinator since that time. */
    boolean hasSpokenSince(long nanos) {
        return receivedNanos - nanos > 0;
    }

    /** Sends a health check, without waiting. */
    void ask(Consumer<Health> reported) {
        reconnectIfFailed();
        HealthCheck.ask(channel, health -> {
            isServing = health == Health.SERVING || (isServing && health != Health.NOT_SERVING);
            reported.accept(health);
        });
    }

    /** Records that data arrived from the coordinator. */
    void received() {
        receivedNanos = nanos();
    }

    /** Starts the ticks, because a call waits for the coordinator. */
    private void awaited() {
        if (isTicking.compareAndSet(false, true)) {
            quietTicks.set(0); // without a waiting call no data is expected
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
        if (seenNanos != receivedNanos) {
            seenNanos = receivedNanos;
            quietTicks.set(0);
        } else {
            quiet(quietTicks.incrementAndGet());
        }
    }

    private boolean isAwaited() {
        return inFlight.stream().anyMatch(AwaitedCall::isWaiting);
    }

    private void quiet(int ticks) {
        if (ticks >= SILENT_TICKS) {
            breakOff();
        } else if (ticks >= QUIET_TICKS && isAsking.compareAndSet(false, true)) {
            ask(this::reported);
        }
    }

    private void reported(Health health) {
        isAsking.set(false);
        if (health == Health.UNREACHABLE) {
            quietTicks.set(0); // gRPC fails the calls by itself
        } else if (health != Health.SILENT) { // for SILENT the ticks decide
            received();
        }
    }

    /** Ends all waiting calls, and makes the next call reconnect. */
    void breakOff() {
        quietTicks.set(0);
        inFlight.forEach(AwaitedCall::breakOff);
        if (channel.getState(false) == ConnectivityState.READY) { // a connection in progress may only be slow
            channel.enterIdle();
        }
    }

    /** A call that any thread may cancel. */
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

        /** Returns whether a client waits for an answer: always, except for a stream without a pending item. */
        boolean isWaiting() {
            return trace == null || trace.isWaiting();
        }

        /** Fails the call as UNAVAILABLE, because the coordinator is silent. */
        void breakOff() {
            isBrokenOff = true;
            super.cancel("the coordinator is silent", null);
        }

        /** The stream of submits is cancelled only if no data arrived over it while a submit waited. */
        @Override
        public void cancel(@Nullable String message, @Nullable Throwable cause) {
            if (isStream && failures != null) {
                failures.failed(ErrorDetails.of(SILENT.asException()), nanos());
            }
            super.cancel(message, cause);
        }

        @Override
        public void start(Listener<R> listener, Metadata headers) {
            // gRPC cannot start a call that was cancelled before
            super.start(new Received<>(this, listener), headers);
            inFlight.add(this);
            if (hasEnded) {
                inFlight.remove(this);
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

        /** A cancelled call throws for each further step. The listener gets the status instead. */
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
            inFlight.remove(this);
            Status end = isBrokenOff && status.getCode() == Status.Code.CANCELLED ? SILENT : status;
            if (failures != null && !end.isOk()) {
                failures.failed(ErrorDetails.of(end.asRuntimeException(trailers)), startedNanos);
            }
            return end;
        }
    }

    private final class Received<R> extends SimpleForwardingClientCallListener<R> {
        private final AwaitedCall<?, R> call;
        private final long startedNanos = nanos();

        Received(AwaitedCall<?, R> call, ClientCall.Listener<R> listener) {
            super(listener);
            this.call = call;
        }

        @Override
        public void onHeaders(Metadata headers) {
            received();
            super.onHeaders(headers);
        }

        @Override
        public void onMessage(R message) {
            received();
            super.onMessage(message);
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            super.onClose(call.ended(status, trailers, startedNanos), trailers);
        }
    }
}
