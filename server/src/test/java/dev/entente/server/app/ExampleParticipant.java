package dev.entente.server.app;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import dev.entente.wire.RawMessage;
import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerMethodDefinition;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A participant for every method: `…/Reject` is rejected, `…/Fail` is a bare failure, `…/Hang` gets no response,
 * `…/Nothing` is unknown, any other method succeeds.
 */
public final class ExampleParticipant implements AutoCloseable {
    private final Server server;

    private ExampleParticipant(Server server) {
        this.server = server;
    }

    public static ExampleParticipant start() throws IOException {
        return start(0);
    }

    /** Starts a participant on a port that is configured elsewhere already; 0 = any. */
    public static ExampleParticipant start(int port) throws IOException {
        HandlerRegistry registry = new HandlerRegistry() {
            @Override
            public ServerMethodDefinition<?, ?> lookupMethod(String name, @Nullable String authority) {
                MethodDescriptor<byte[], byte[]> method = MethodDescriptor.<byte[], byte[]>newBuilder()
                        .setType(MethodDescriptor.MethodType.UNARY)
                        .setFullMethodName(name)
                        .setRequestMarshaller(RawMessage.MARSHALLER)
                        .setResponseMarshaller(RawMessage.MARSHALLER)
                        .build();
                return ServerMethodDefinition.create(
                        method, ServerCalls.asyncUnaryCall((request, observer) -> answer(name, observer)));
            }
        };
        return new ExampleParticipant(
                NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                        .fallbackHandlerRegistry(registry)
                        .build()
                        .start());
    }

    private static StatusRuntimeException refusal(Code code, String message, String reason) {
        return StatusProto.toStatusRuntimeException(
                Status.newBuilder()
                        .setCode(code.getNumber())
                        .setMessage(message)
                        .addDetails(Any.pack(ErrorInfo.newBuilder()
                                .setDomain("entente.dev")
                                .setReason(reason)
                                .build()))
                        .build(),
                new Metadata());
    }

    private static void answer(String name, StreamObserver<byte[]> observer) {
        switch (name.substring(name.indexOf('/') + 1)) {
            case "Hang" -> {}
            case "Nothing" -> observer.onError(refusal(Code.UNIMPLEMENTED, "no such table", "ENT-091"));
            case "Reject" -> observer.onError(refusal(Code.FAILED_PRECONDITION, "card declined", "REJECTED"));
            case "Fail" -> observer.onError(io.grpc.Status.FAILED_PRECONDITION.asRuntimeException());
            default -> {
                observer.onNext(new byte[] {8, 1});
                observer.onCompleted();
            }
        }
    }

    public String target() {
        return "127.0.0.1:" + server.getPort();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
