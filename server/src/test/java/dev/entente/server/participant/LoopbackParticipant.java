package dev.entente.server.participant;

import com.google.protobuf.ByteString;
import com.google.rpc.Code;
import io.grpc.HandlerRegistry;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerCredentials;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A real gRPC server that takes every method and answers as it was told. */
final class LoopbackParticipant implements AutoCloseable {

    /** One call as it arrived. */
    record Arrived(String method, Metadata metadata, ByteString request) {}

    /** Ends a call, now, later or never. */
    interface Behaviour {
        void answer(Arrived arrived, ServerCall<ByteString, ByteString> call);
    }

    private final Server server;
    private final List<Arrived> arrived = new CopyOnWriteArrayList<>();
    private volatile Behaviour behaviour;

    private LoopbackParticipant(int port, Behaviour behaviour, List<ServerServiceDefinition> services) {
        this(InsecureServerCredentials.create(), port, behaviour, services);
    }

    private LoopbackParticipant(
            ServerCredentials credentials, int port, Behaviour behaviour, List<ServerServiceDefinition> services) {
        this.behaviour = behaviour;
        NettyServerBuilder builder = NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port), credentials)
                .directExecutor()
                .fallbackHandlerRegistry(new EveryMethod());
        services.forEach(builder::addService);
        try {
            server = builder.build().start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static LoopbackParticipant start(Behaviour behaviour) {
        return new LoopbackParticipant(0, behaviour, List.of());
    }

    static LoopbackParticipant start(int port, Behaviour behaviour) {
        return new LoopbackParticipant(port, behaviour, List.of());
    }

    static LoopbackParticipant start(ServerCredentials credentials, Behaviour behaviour) {
        return new LoopbackParticipant(credentials, 0, behaviour, List.of());
    }

    static LoopbackParticipant with(ServerServiceDefinition... services) {
        return new LoopbackParticipant(0, status(Status.UNIMPLEMENTED), List.of(services));
    }

    static Behaviour ok(String text) {
        return (_, call) -> {
            call.sendHeaders(new Metadata());
            call.sendMessage(ByteString.copyFromUtf8(text));
            call.close(Status.OK, new Metadata());
        };
    }

    static Behaviour status(Status status) {
        return status(status, new Metadata());
    }

    static Behaviour status(Status status, Metadata trailers) {
        return (_, call) -> call.close(status, trailers);
    }

    static Behaviour hang() {
        return (_, _) -> {};
    }

    static Metadata details(Code code, com.google.protobuf.Message... details) {
        com.google.rpc.Status.Builder status =
                com.google.rpc.Status.newBuilder().setCode(code.getNumber());
        for (com.google.protobuf.Message detail : details) {
            status.addDetails(com.google.protobuf.Any.pack(detail));
        }
        return binaryDetails(status.build().toByteArray());
    }

    static Metadata binaryDetails(byte[] bytes) {
        Metadata trailers = new Metadata();
        trailers.put(Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER), bytes);
        return trailers;
    }

    void behave(Behaviour other) {
        behaviour = other;
    }

    int port() {
        return server.getPort();
    }

    String target() {
        return "127.0.0.1:" + server.getPort();
    }

    List<Arrived> arrived() {
        return List.copyOf(arrived);
    }

    @Override
    public void close() {
        stop();
    }

    /** Breaks every connection. */
    void stop() {
        server.shutdownNow();
        try {
            server.awaitTermination();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final class EveryMethod extends HandlerRegistry {
        @Override
        public ServerMethodDefinition<?, ?> lookupMethod(String method, @Nullable String authority) {
            MethodDescriptor<ByteString, ByteString> descriptor = RawBytes.unary(method);
            return ServerMethodDefinition.create(descriptor, new Handler());
        }
    }

    private final class Handler implements ServerCallHandler<ByteString, ByteString> {
        @Override
        public ServerCall.Listener<ByteString> startCall(ServerCall<ByteString, ByteString> call, Metadata metadata) {
            call.request(1);
            return new ServerCall.Listener<>() {
                @Override
                public void onMessage(ByteString request) {
                    Arrived one = new Arrived(call.getMethodDescriptor().getFullMethodName(), metadata, request);
                    arrived.add(one);
                    behaviour.answer(one, call);
                }
            };
        }
    }
}
