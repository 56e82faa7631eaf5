package dev.entente.client.channel;

import io.grpc.ClientCall;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/** A call over a {@link CheckedChannel}. As thread-safe as any call; {@link #breakOff} may come from any thread. */
final class AwaitedCall<Q, R> extends SimpleForwardingClientCall<Q, R> {
    private static final Status SILENT = Status.UNAVAILABLE.withDescription(
            "nothing came from the coordinator for more than two seconds, nor an answer to a health check");

    private final CheckedChannel channel;
    private final @Nullable AttemptTrace trace;
    private volatile boolean isBrokenOff;
    private volatile boolean hasEnded;

    AwaitedCall(CheckedChannel channel, ClientCall<Q, R> call, @Nullable AttemptTrace trace) {
        super(call);
        this.channel = channel;
        this.trace = trace;
    }

    /** Tells whether somebody waits for an answer: always, but for a stream over which nothing is under way. */
    boolean isWaiting() {
        return trace == null || trace.isWaiting();
    }

    /** Ends it as unavailable: the coordinator says nothing any more. */
    void breakOff() {
        isBrokenOff = true;
        cancel("the coordinator is silent", null);
    }

    @Override
    public void start(Listener<R> listener, Metadata headers) {
        super.start(new Heard(listener), headers); // a call that was broken off before it starts could not be started
        channel.started(this);
        if (hasEnded) {
            channel.ended(this);
        } else {
            channel.awaited();
        }
    }

    @Override
    public void sendMessage(Q message) {
        unlessBrokenOff(() -> super.sendMessage(message));
        channel.awaited();
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

    private final class Heard extends SimpleForwardingClientCallListener<R> {
        Heard(Listener<R> listener) {
            super(listener);
        }

        @Override
        public void onHeaders(Metadata headers) {
            channel.heard();
            super.onHeaders(headers);
        }

        @Override
        public void onMessage(R message) {
            channel.heard();
            super.onMessage(message);
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            hasEnded = true;
            channel.ended(AwaitedCall.this);
            boolean isOurs = isBrokenOff && status.getCode() == Status.Code.CANCELLED;
            super.onClose(isOurs ? SILENT : status, trailers);
        }
    }
}
