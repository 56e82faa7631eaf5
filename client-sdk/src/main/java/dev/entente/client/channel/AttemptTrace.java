package dev.entente.client.channel;

import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Stores the address of one attempt, and whether anything may have been sent. The channels on its path fill it in. The
 * idea comes from gRPC's stream tracers. Thread-safe.
 */
public final class AttemptTrace extends ClientStreamTracer.Factory {
    private static final CallOptions.Key<AttemptTrace> KEY = CallOptions.Key.create("entente-attempt");

    private volatile String address;
    private volatile boolean hasConnection;
    private volatile boolean isAnswered;
    private volatile BooleanSupplier waiting = () -> true;

    /** @param channel supplies the address until a channel with better knowledge sets it */
    public AttemptTrace(Channel channel) {
        address = String.valueOf(channel.authority());
    }

    /** Adds this trace to the options, in which channels find it. */
    public CallOptions on(CallOptions options) {
        return options.withOption(KEY, this).withStreamTracerFactory(this);
    }

    /** Returns the trace of a call with these options; null if it has none. */
    static @Nullable AttemptTrace of(CallOptions options) {
        return options.getOption(KEY);
    }

    void goesTo(String knownAddress) {
        address = knownAddress;
    }

    /** Sets whether the call waits for an answer. A stream stays open without a pending item. */
    public void waitsWhile(BooleanSupplier isWaiting) {
        waiting = isWaiting;
    }

    /** Returns whether the call waits for an answer. */
    boolean isWaiting() {
        return waiting.getAsBoolean();
    }

    /** Returns the address to which the attempt was sent, or would have been sent. */
    public String address() {
        return address;
    }

    /** Returns false as long as the call had no connection: then nothing was sent. */
    public boolean mayHaveLeft() {
        return hasConnection;
    }

    /**
     * Returns true after the response's headers and before its trailers have arrived: then the call was done. An error
     * is no response, even if a proxy sends headers before it.
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
