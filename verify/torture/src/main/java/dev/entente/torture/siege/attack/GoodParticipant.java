package dev.entente.torture.siege.attack;

import com.google.protobuf.StringValue;
import dev.entente.participant.wiring.ParticipantWiring;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;

/** The participant of the good client. Thread-safe. */
public final class GoodParticipant implements AutoCloseable {
    /** Enters a line; an entry and its undo use the same method. */
    public static final MethodDescriptor<StringValue, StringValue> ENTER =
            MethodDescriptor.<StringValue, StringValue>newBuilder()
                    .setType(MethodType.UNARY)
                    .setFullMethodName("siege.v1.BookService/Enter")
                    .setRequestMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                    .setResponseMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                    .build();

    private final Server server;

    /** Serves on a free port of loopback. */
    public GoodParticipant() throws IOException {
        server = ParticipantWiring.of(Executors.newVirtualThreadPerTaskExecutor())
                .service(ServerServiceDefinition.builder("siege.v1.BookService")
                        .addMethod(ENTER, ServerCalls.asyncUnaryCall(this::enter))
                        .build())
                .on(NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)))
                .build()
                .start();
    }

    private void enter(StringValue line, StreamObserver<StringValue> answer) {
        answer.onNext(line);
        answer.onCompleted();
    }

    public int port() {
        return server.getPort();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
