package dev.entente.server.api;

import dev.entente.server.telemetry.Metrics;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;

/** Counts and times each finished RPC by method and status. A stream of submits measures each item itself. */
final class Measuring implements ServerInterceptor {
    private final Metrics metrics;

    Measuring(Metrics metrics) {
        this.metrics = metrics;
    }

    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
        String method = call.getMethodDescriptor().getFullMethodName();
        if (method.equals(SubmitStreamServer.METHOD)) {
            return next.startCall(call, headers);
        }
        long began = System.nanoTime();
        return next.startCall(
                new SimpleForwardingServerCall<>(call) {
                    @Override
                    public void close(Status status, Metadata trailers) {
                        metrics.rpc(method, status.getCode().name(), System.nanoTime() - began);
                        super.close(status, trailers);
                    }
                },
                headers);
    }
}
