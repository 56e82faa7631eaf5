package dev.entente.client.channel;

import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps where one attempt went, and whether anything of it may have left. The channels that it passes fill it in; the
 * idea is that of gRPC's stream tracers. Thread-safe.
 */
public final class AttemptTrace extends ClientStreamTracer.Factory {
    private static final CallOptions.Key<AttemptTrace> KEY = CallOptions.Key.create("entente-attempt");

    private volatile String address;
    private volatile boolean hasConnection;
    private volatile boolean isAnswered;
    private volatile BooleanSupplier waiting = () -> true;

    /** @param channel gives the address, until one that knows better does */
    public AttemptTrace(Channel channel) {
        address = String.valueOf(channel.authority());
    }

    /** Adds this trace to the options, by which channels find it. */
    public CallOptions on(CallOptions options) {
        return options.withOption(KEY, this).withStreamTracerFactory(this);
    }

    /** The trace of a call with these options, or null if it has none. */
    static @Nullable AttemptTrace of(CallOptions options) {
        return options.getOption(KEY);
    }

    void goesTo(String knownAddress) {
        address = knownAddress;
    }

    /** Waits only while that says so: a stream stays open when nothing is under way over it. */
    public void waitsWhile(BooleanSupplier isWaiting) {
        waiting = isWaiting;
    }

    /** Tells whether somebody waits for an answer. */
    boolean isWaiting() {
        return waiting.getAsBoolean();
    }

    /** The address that the attempt went to, or would have. */
    public String address() {
        return address;
    }

    /** False as long as the call had no connection to leave by: then nothing of it was sent. */
    public boolean mayHaveLeft() {
        return hasConnection;
    }

    /**
     * True once an answer began to come, unless the other side ended it itself: what was asked was done. An error is no
     * answer, also where a proxy sends headers before it.
     */
    public boolean isAnswered() {
        return isAnswered;
    }

    @Override
    public ClientStreamTracer newClientStreamTracer(ClientStreamTracer.StreamInfo info, Metadata headers) {
        return new ClientStreamTracer() {
            @Override
            public void streamCreated(Attributes transport, Metadata sent) {
                hasConnection = true;
            }

            @Override
            public void inboundHeaders() {
                isAnswered = true;
            }

            @Override
            public void inboundTrailers(Metadata trailers) {
                isAnswered = false;
            }
        };
    }
}
