package dev.entente.faults.siege.attack;

import com.google.protobuf.StringValue;
import dev.entente.participant.Branch;
import dev.entente.participant.CallSignature;
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
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;

/** The participant of the good client, which believes signed calls alone. Thread-safe. */
public final class Book implements AutoCloseable {
    /** Enters a line; entering and its undo are the same method. */
    public static final MethodDescriptor<StringValue, StringValue> ENTER =
            MethodDescriptor.<StringValue, StringValue>newBuilder()
                    .setType(MethodType.UNARY)
                    .setFullMethodName("siege.v1.BookService/Enter")
                    .setRequestMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                    .setResponseMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                    .build();

    private final Queue<String> entries = new ConcurrentLinkedQueue<>();
    private final Server server;

    /** Serves on a free port of loopback. */
    public Book(String key) throws IOException {
        server = ParticipantWiring.of(Executors.newVirtualThreadPerTaskExecutor())
                .service(ServerServiceDefinition.builder("siege.v1.BookService")
                        .addMethod(ENTER, ServerCalls.asyncUnaryCall(this::enter))
                        .build())
                .signedWith(CallSignature.of(key))
                .on(NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)))
                .build()
                .start();
    }

    private void enter(StringValue line, StreamObserver<StringValue> answer) {
        entries.add(Branch.required().gid());
        answer.onNext(line);
        answer.onCompleted();
    }

    public int port() {
        return server.getPort();
    }

    /** Tells whether anything was done for a gid that begins so. */
    public boolean hasEntered(String beginning) {
        return entries.stream().anyMatch(gid -> gid.startsWith(beginning));
    }

    @Override
    public void close() {
        server.shutdownNow();
    }
}
