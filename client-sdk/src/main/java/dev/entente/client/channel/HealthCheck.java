package dev.entente.client.channel;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import dev.entente.wire.RawMessage;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Sends a health check to a coordinator: {@code grpc.health.v1.Health/Check}, as raw bytes, because the SDK has no
 * generated code of that service.
 */
final class HealthCheck {
    /** The time limit of a coordinator's response. */
    static final long ANSWER_MILLIS = 1250;

    private static final int STATUS_FIELD = 1;
    private static final long NOT_SERVING = 2;
    private static final byte[] WHOLE_SERVER = {};

    static final MethodDescriptor<byte[], byte[]> CHECK = MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("grpc.health.v1.Health/Check")
            .setRequestMarshaller(RawMessage.MARSHALLER)
            .setResponseMarshaller(RawMessage.MARSHALLER)
            .build();

    /** The health of a coordinator. */
    enum Health {
        /** It responds, and does not report NOT_SERVING. A coordinator without the health service counts as serving. */
        SERVING,
        /** It responds that it accepts no work: it has no lease, or is shutting down. */
        NOT_SERVING,
        /** It has a connection, or is about to connect, and does not respond. */
        SILENT,
        /** There is no connection to it. */
        UNREACHABLE
    }

    private HealthCheck() {}

    /**
     * Sends the check without waiting.
     *
     * @param reported called once, on a thread of gRPC, which must not be blocked
     */
    static void ask(Channel channel, Consumer<Health> reported) {
        CallOptions options = CallOptions.DEFAULT
                .withDeadlineAfter(ANSWER_MILLIS, TimeUnit.MILLISECONDS)
                .withExecutor(Runnable::run);
        Context.ROOT.run(() ->
                ClientCalls.asyncUnaryCall(channel.newCall(CHECK, options), WHOLE_SERVER, new Answered(reported)));
    }

    private static Health health(byte[] response) {
        try {
            List<Long> status =
                    UnknownFieldSet.parseFrom(response).getField(STATUS_FIELD).getVarintList();
            return status.contains(NOT_SERVING) ? Health.NOT_SERVING : Health.SERVING;
        } catch (InvalidProtocolBufferException other) {
            return Health.SERVING; // any response shows that it is running
        }
    }

    private static Health health(Status.Code failure) {
        return switch (failure) {
            case DEADLINE_EXCEEDED -> Health.SILENT;
            case UNAVAILABLE, CANCELLED -> Health.UNREACHABLE;
            default -> Health.SERVING;
        };
    }

    /** Reports the first event. Used by one thread at a time. */
    private static final class Answered implements StreamObserver<byte[]> {
        private final Consumer<Health> reported;
        private boolean hasReported;

        Answered(Consumer<Health> reported) {
            this.reported = reported;
        }

        @Override
        public void onNext(byte[] response) {
            report(health(response));
        }

        @Override
        public void onError(Throwable failure) {
            report(health(Status.fromThrowable(failure).getCode()));
        }

        /** A response without a message also shows that the coordinator is running. */
        @Override
        public void onCompleted() {
            report(Health.SERVING);
        }

        private void report(Health health) {
            if (!hasReported) {
                hasReported = true;
                reported.accept(health);
            }
        }
    }
}
