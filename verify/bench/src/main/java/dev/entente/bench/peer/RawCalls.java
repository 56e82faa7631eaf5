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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Unary calls with byte arrays as messages, directly on gRPC: without descriptors and generated stubs. */
public final class RawCalls {
    private static final MethodDescriptor.Marshaller<byte[]> BYTES = new Bytes();

    private RawCalls() {}

    /** Describes the unary method {@code fullName}, for example {@code package.Service/Method}. */
    public static MethodDescriptor<byte[], byte[]> unary(String fullName) {
        return MethodDescriptor.<byte[], byte[]>newBuilder(BYTES, BYTES)
                .setType(MethodType.UNARY)
                .setFullMethodName(fullName)
                .build();
    }

    /**
     * Sends {@code request} without waiting. The event loop calls one of the callbacks, once. Callbacks must not block.
     *
     * @param failed called if the status of the call is not OK, also for a broken connection
     */
    public static void call(
            Channel channel,
            MethodDescriptor<byte[], byte[]> method,
            byte[] request,
            Consumer<byte[]> ok,
            Consumer<Throwable> failed) {
        ClientCall<byte[], byte[]> call = channel.newCall(method, CallOptions.DEFAULT);
        call.start(new AnswerListener(ok, failed), new Metadata());
        call.request(2);
        call.sendMessage(request);
        call.halfClose();
    }

    /** Sends {@code request} and blocks until the response arrives. Must not run on an event loop. */
    public static byte[] callAndWait(Channel channel, MethodDescriptor<byte[], byte[]> method, byte[] request) {
        CompletableFuture<byte[]> answered = new CompletableFuture<>();
        call(channel, method, request, answered::complete, answered::completeExceptionally);
        return answered.join();
    }

    private static final class AnswerListener extends ClientCall.Listener<byte[]> {
        private final Consumer<byte[]> ok;
        private final Consumer<Throwable> failed;
        private byte @Nullable [] response;

        AnswerListener(Consumer<byte[]> ok, Consumer<Throwable> failed) {
            this.ok = ok;
            this.failed = failed;
        }

        @Override
        public void onMessage(byte[] message) {
            response = message;
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            if (status.isOk()) {
                ok.accept(Objects.requireNonNull(response));
            } else {
                failed.accept(status.asRuntimeException(trailers));
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
