package dev.entente.client.channel;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import dev.entente.wire.RawMessage;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
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
        Context.ROOT.run(() -> {
            ClientCall<byte[], byte[]> call = channel.newCall(CHECK, options);
            call.start(new Answered(told), new Metadata());
            call.request(2);
            call.sendMessage(WHOLE_SERVER);
            call.halfClose();
        });
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

    /** Used by one thread at a time. An answer that has no message tells that the coordinator lives, too. */
    private static final class Answered extends ClientCall.Listener<byte[]> {
        private final Consumer<Health> told;
        private byte[] response = {};

        Answered(Consumer<Health> told) {
            this.told = told;
        }

        @Override
        public void onMessage(byte[] message) {
            response = message;
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            told.accept(status.isOk() ? health(response) : health(status.getCode()));
        }
    }
}
