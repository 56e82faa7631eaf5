package dev.entente.client;

import io.grpc.Attributes;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientStreamTracer;
import io.grpc.Metadata;

/**
 * Where one attempt went, and whether anything of it may have left. The channels that it passes fill it in; the idea is that of gRPC's
 * stream tracers. Thread-safe.
 */
final class AttemptTrace extends ClientStreamTracer.Factory {
    private static final CallOptions.Key<AttemptTrace> KEY = CallOptions.Key.create("entente-attempt");

    private volatile String address;
    private volatile boolean hasConnection;

    /** @param channel gives the address, until one that knows better does */
    AttemptTrace(Channel channel) {
        address = String.valueOf(channel.authority());
    }

    /** The same options, by which channels find this trace. */
    CallOptions on(CallOptions options) {
        return options.withOption(KEY, this).withStreamTracerFactory(this);
    }

    /** Notes the address that a call with these options goes to. */
    static void address(CallOptions options, String address) {
        AttemptTrace trace = options.getOption(KEY);
        if (trace != null) {
            trace.address = address;
        }
    }

    String address() {
        return address;
    }

    /** False as long as the call had no connection to leave by: then nothing of it was sent. */
    boolean mayHaveLeft() {
        return hasConnection;
    }

    @Override
    public ClientStreamTracer newClientStreamTracer(ClientStreamTracer.StreamInfo info, Metadata headers) {
        return new ClientStreamTracer() {
            @Override
            public void streamCreated(Attributes transport, Metadata sent) {
                hasConnection = true;
            }
        };
    }
}
