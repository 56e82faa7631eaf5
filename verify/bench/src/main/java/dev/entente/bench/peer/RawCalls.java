package dev.entente.bench.peer;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Unary calls whose messages are byte arrays: no descriptors, no generated stubs, nothing between the caller and gRPC.
 */
public final class RawCalls {
    private static final MethodDescriptor.Marshaller<byte[]> BYTES = new Bytes();

    private RawCalls() {}

    /** Receives the answer to one call: exactly one of the two, once, on the event loop. It must not block. */
    public interface Answer {
        /** The call was answered OK with {@code response}. */
        void ok(byte[] response);

        /** The call ended otherwise, or broke. */
        void failed(Throwable cause);
    }

    /** Describes the unary method {@code fullName}, as in {@code package.Service/Method}. */
    public static MethodDescriptor<byte[], byte[]> unary(String fullName) {
        return MethodDescriptor.<byte[], byte[]>newBuilder(BYTES, BYTES)
                .setType(MethodType.UNARY)
                .setFullMethodName(fullName)
                .build();
    }

    /** Sends {@code request} without waiting. */
    public static void call(Channel channel, MethodDescriptor<byte[], byte[]> method, byte[] request, Answer answer) {
        ClientCall<byte[], byte[]> call = channel.newCall(method, CallOptions.DEFAULT);
        call.start(new AnswerListener(answer), new Metadata());
        call.request(2);
        call.sendMessage(request);
        call.halfClose();
    }

    /** Sends {@code request} and blocks until it is answered: for virtual threads, never for an event loop. */
    public static byte[] callAndWait(Channel channel, MethodDescriptor<byte[], byte[]> method, byte[] request) {
        CompletableFuture<byte[]> answered = new CompletableFuture<>();
        call(channel, method, request, new Answer() {
            @Override
            public void ok(byte[] response) {
                answered.complete(response);
            }

            @Override
            public void failed(Throwable cause) {
                answered.completeExceptionally(cause);
            }
        });
        return answered.join();
    }

    private static final class AnswerListener extends ClientCall.Listener<byte[]> {
        private final Answer answer;
        private byte @Nullable [] response;

        AnswerListener(Answer answer) {
            this.answer = answer;
        }

        @Override
        public void onMessage(byte[] message) {
            response = message;
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            if (status.isOk()) {
                answer.ok(Objects.requireNonNull(response));
            } else {
                answer.failed(status.asRuntimeException(trailers));
            }
        }
    }

    private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] message) {
            return new ByteArrayInputStream(message);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
