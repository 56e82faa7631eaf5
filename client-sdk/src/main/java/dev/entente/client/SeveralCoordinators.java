package dev.entente.client;

import dev.entente.wire.ErrorDetails;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Several coordinators of one database as one channel. Calls go to one of them; when that one does not answer, the next call, such as the
 * next attempt of the same, goes to another, and nothing goes back for a while. Thread-safe.
 */
final class SeveralCoordinators extends Channel {
    /** How long a coordinator that did not answer is left alone, unless none of the others answers. */
    private static final Duration LEFT_ALONE = Duration.ofSeconds(10);
    /** The answer of a coordinator that cannot reach the one that holds the transaction: nothing is wrong with itself. */
    private static final String OWNER_UNREACHABLE = "ENT-053";

    private final List<? extends Channel> channels;
    private final LongSupplier nanos;
    private final AtomicInteger current;
    /** By index: until when that one is left alone. */
    private final AtomicLongArray leftAloneUntil;

    /**
     * @param first the index of the one that calls go to at first: another one in each client, so that the load spreads
     * @param nanos a monotonic clock
     */
    SeveralCoordinators(List<? extends Channel> channels, int first, LongSupplier nanos) {
        this.channels = List.copyOf(channels);
        this.nanos = nanos;
        this.current = new AtomicInteger(first);
        this.leftAloneUntil = new AtomicLongArray(channels.size());
        for (int i = 0; i < channels.size(); i++) {
            leftAloneUntil.set(i, nanos.getAsLong());
        }
    }

    @Override
    public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
        int index = current.get();
        return new Watched<>(index, method.getType(), channels.get(index).newCall(method, options));
    }

    @Override
    public String authority() {
        return channels.get(current.get()).authority();
    }

    /** From now on calls go to the next one that has not failed of late; where all have, to the one that may be tried first. */
    private void leave(int index) {
        long now = nanos.getAsLong();
        leftAloneUntil.set(index, now + LEFT_ALONE.toNanos());
        int next = index;
        for (int i = 1; i < channels.size(); i++) {
            int other = (index + i) % channels.size();
            if (leftAloneUntil.get(other) - leftAloneUntil.get(next) < 0) {
                next = other;
            }
            if (leftAloneUntil.get(other) - now <= 0) {
                next = other;
                break;
            }
        }
        current.compareAndSet(index, next);
    }

    /** From now on calls go to the next one that has not failed of late, if there is one: it may reach whom this one does not reach. */
    private void turnFrom(int index) {
        long now = nanos.getAsLong();
        for (int i = 1; i < channels.size(); i++) {
            int other = (index + i) % channels.size();
            if (leftAloneUntil.get(other) - now <= 0) {
                current.compareAndSet(index, other);
                return;
            }
        }
    }

    private void closed(int index, Status status, Metadata trailers) {
        if (isOfNoUse(status)) {
            String name = ErrorDetails.of(status.asRuntimeException(trailers)).name();
            if (name.equals(OWNER_UNREACHABLE)) {
                turnFrom(index);
            } else {
                leave(index);
            }
        }
    }

    /** Tells whether a failure is about the coordinator, and not about the transaction: another one may answer. */
    private static boolean isOfNoUse(Status status) {
        return status.getCode() == Status.Code.UNAVAILABLE || status.getCode() == Status.Code.DEADLINE_EXCEEDED;
    }

    private final class Watched<Q, R> extends SimpleForwardingClientCall<Q, R> {
        private final int index;
        private final MethodType type;

        Watched(int index, MethodType type, ClientCall<Q, R> call) {
            super(call);
            this.index = index;
            this.type = type;
        }

        /** The stream of submits is cancelled for one reason alone: nothing came over it while one of them waited for its answer. */
        @Override
        public void cancel(@Nullable String message, @Nullable Throwable cause) {
            if (type == MethodType.BIDI_STREAMING) {
                leave(index);
            }
            super.cancel(message, cause);
        }

        @Override
        public void start(Listener<R> listener, Metadata headers) {
            super.start(
                    new SimpleForwardingClientCallListener<>(listener) {
                        @Override
                        public void onClose(Status status, Metadata trailers) {
                            closed(index, status, trailers);
                            super.onClose(status, trailers);
                        }
                    },
                    headers);
        }
    }
}
