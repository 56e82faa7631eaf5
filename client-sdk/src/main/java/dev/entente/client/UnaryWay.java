package dev.entente.client;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;

/** Each attempt is a call of its own. Immutable. */
record UnaryWay<Q, R>(Channel channel, MethodDescriptor<Q, R> method) implements Way<Q, R> {
    @Override
    public Attempt send(Q request, Metadata headers, Deadline deadline, StreamObserver<R> answer) {
        Channel withHeaders = ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
        ClientCall<Q, R> call = withHeaders.newCall(method, CallOptions.DEFAULT.withDeadline(deadline));
        ClientCalls.asyncUnaryCall(call, request, answer);
        return () -> call.cancel("cancelled by the caller", null);
    }
}
