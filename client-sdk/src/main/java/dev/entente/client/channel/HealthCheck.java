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
 * Asks a coordinator how it is: {@code grpc.health.v1.Health/Check}, by its bytes alone, for the SDK has no generated
 * code of that service.
 */
final class HealthCheck {
    /** How long a coordinator may take to answer. */
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

    /** How a coordinator is. */
    enum Health {
        /** It answers, and does not say that it takes no work. One that has no such service counts as serving. */
        SERVING,
        /** It answers that it takes no work: it has no lease, or is shutting down. */
        NOT_SERVING,
        /** It has a connection, or is about to, and says nothing. */
        SILENT,
        /** There is no connection to it. */
        UNREACHABLE
    }

    private HealthCheck() {}

    /**
     * Asks without waiting.
     *
     * @param told once, on a thread of gRPC's, which must not be blocked
     */
    static void ask(Channel channel, Consumer<Health> told) {
        CallOptions options = CallOptions.DEFAULT
                .withDeadlineAfter(ANSWER_MILLIS, TimeUnit.MILLISECONDS)
                .withExecutor(Runnable::run);
        Context.ROOT.run(
                () -> ClientCalls.asyncUnaryCall(channel.newCall(CHECK, options), WHOLE_SERVER, new Answered(told)));
    }

    private static Health health(byte[] response) {
        try {
            List<Long> status =
                    UnknownFieldSet.parseFrom(response).getField(STATUS_FIELD).getVarintList();
            return status.contains(NOT_SERVING) ? Health.NOT_SERVING : Health.SERVING;
        } catch (InvalidProtocolBufferException other) {
            return Health.SERVING; // whatever it is, it lives
        }
    }

    private static Health health(Status.Code failure) {
        return switch (failure) {
            case DEADLINE_EXCEEDED -> Health.SILENT;
            case UNAVAILABLE, CANCELLED -> Health.UNREACHABLE;
            default -> Health.SERVING;
        };
    }

    /** Tells of the first thing that comes. Used by one thread at a time. */
    private static final class Answered implements StreamObserver<byte[]> {
        private final Consumer<Health> told;
        private boolean hasTold;

        Answered(Consumer<Health> told) {
            this.told = told;
        }

        @Override
        public void onNext(byte[] response) {
            tell(health(response));
        }

        @Override
        public void onError(Throwable failure) {
            tell(health(Status.fromThrowable(failure).getCode()));
        }

        /** Also of an answer that has no message: whatever it is, it lives. */
        @Override
        public void onCompleted() {
            tell(Health.SERVING);
        }

        private void tell(Health health) {
            if (!hasTold) {
                hasTold = true;
                told.accept(health);
            }
        }
    }
}
