package dev.entente.client.call;

import dev.entente.client.channel.AttemptTrace;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import org.jspecify.annotations.Nullable;

/** Sends each attempt as a separate call. Immutable. */
public record UnaryTransport<Q, R>(Channel channel, MethodDescriptor<Q, R> method) implements Transport<Q, R> {
    @Override
    public Attempt send(Q request, Metadata headers, Deadline deadline, Completion<R> answer) {
        Channel withHeaders = ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
        AttemptTrace trace = new AttemptTrace(channel);
        ClientCall<Q, R> call = withHeaders.newCall(method, trace.on(CallOptions.DEFAULT.withDeadline(deadline)));
        ClientCalls.asyncUnaryCall(call, request, new Reported<>(trace, answer));
        return () -> call.cancel("cancelled by the caller", null);
    }

    /** Reports the result when the call has ended. Used by one thread at a time. */
    private static final class Reported<R> implements StreamObserver<R> {
        private final AttemptTrace trace;
        private final Completion<R> answer;
        private @Nullable R response;

        Reported(AttemptTrace trace, Completion<R> answer) {
            this.trace = trace;
            this.answer = answer;
        }

        @Override
        public void onNext(R next) {
            response = next;
        }

        @Override
        public void onError(Throwable thrown) {
            Throwable failure = trace.isAnswered() ? new UnreadableResponse(thrown) : thrown;
            answer.failed(failure, trace.address(), trace.mayHaveLeft());
        }

        @Override
        public void onCompleted() {
            R received = response;
            if (received != null) {
                answer.answered(received);
            } else {
                onError(Status.INTERNAL
                        .withDescription("the call ended without a response")
                        .asException());
            }
        }
    }
}
