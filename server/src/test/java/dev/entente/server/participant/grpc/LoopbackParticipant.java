package dev.entente.server.participant.grpc;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import dev.entente.participant.stream.ParticipantStream;
import dev.entente.v1.ParticipantServiceGrpc;
import io.grpc.ForwardingServerCallListener;
import io.grpc.HandlerRegistry;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
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
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** A real gRPC server that accepts each method and answers as the test defines. */
public final class LoopbackParticipant implements AutoCloseable {

    /** A received call. */
    public record Arrived(String method, Metadata metadata, ByteString request) {
        boolean isStreamed() {
            return metadata.containsKey(STREAMED);
        }
    }

    /** Completes a call: at once, later or never. */
    public interface Behaviour {
        void answer(Arrived arrived, ServerCall<ByteString, ByteString> call);
    }

    private static final Metadata.Key<String> STREAMED =
            Metadata.Key.of("test-streamed", Metadata.ASCII_STRING_MARSHALLER);
    private static final String STREAM = ParticipantServiceGrpc.SERVICE_NAME;

    private final Server server;
    private final AtomicInteger streams = new AtomicInteger();
    private final AtomicInteger streamMessages = new AtomicInteger();
    private final AtomicInteger cancelled = new AtomicInteger();
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
        if (services.isEmpty()) {
            builder.addService(ServerInterceptors.intercept(stream(), new Counting()));
        }
        services.forEach(builder::addService);
        try {
            server = builder.build().start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ParticipantStream stream() {
        return ParticipantStream.builder(Runnable::run)
                .fallbackHandlerRegistry(new EveryMethod())
                .intercept(new Marking())
                .build();
    }

    public static LoopbackParticipant start(Behaviour behaviour) {
        return new LoopbackParticipant(0, behaviour, List.of());
    }

    public static LoopbackParticipant start(int port, Behaviour behaviour) {
        return new LoopbackParticipant(port, behaviour, List.of());
    }

    public static LoopbackParticipant start(ServerCredentials credentials, Behaviour behaviour) {
        return new LoopbackParticipant(credentials, 0, behaviour, List.of());
    }

    public static LoopbackParticipant with(ServerServiceDefinition... services) {
        return new LoopbackParticipant(0, status(Status.UNIMPLEMENTED), List.of(services));
    }

    /** Starts a participant without a stream service. */
    public static LoopbackParticipant plain(Behaviour behaviour) {
        return plain(0, behaviour);
    }

    public static LoopbackParticipant plain(int port, Behaviour behaviour) {
        ServerServiceDefinition nothing =
                ServerServiceDefinition.builder("test.v1.Nothing").build();
        return new LoopbackParticipant(port, behaviour, List.of(nothing));
    }

    public static Behaviour ok(String text) {
        return (_, call) -> {
            call.sendHeaders(new Metadata());
            call.sendMessage(ByteString.copyFromUtf8(text));
            call.close(Status.OK, new Metadata());
        };
    }

    public static Behaviour status(Status status) {
        return status(status, new Metadata());
    }

    public static Behaviour status(Status status, Metadata trailers) {
        return (_, call) -> call.close(status, trailers);
    }

    public static Behaviour hang() {
        return (_, _) -> {};
    }

    public static Metadata details(Code code, Message... details) {
        com.google.rpc.Status.Builder status =
                com.google.rpc.Status.newBuilder().setCode(code.getNumber());
        for (Message detail : details) {
            status.addDetails(Any.pack(detail));
        }
        return binaryDetails(status.build().toByteArray());
    }

    public static Metadata binaryDetails(byte[] bytes) {
        Metadata trailers = new Metadata();
        trailers.put(Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER), bytes);
        return trailers;
    }

    public void behave(Behaviour other) {
        behaviour = other;
    }

    public int port() {
        return server.getPort();
    }

    public String target() {
        return "127.0.0.1:" + server.getPort();
    }

    public List<Arrived> arrived() {
        return List.copyOf(arrived);
    }

    /** Returns the number of requested streams of calls. */
    public int streams() {
        return streams.get();
    }

    /** Returns the number of messages received over streams of calls. */
    public int streamMessages() {
        return streamMessages.get();
    }

    /** Returns the number of calls that were cancelled before their response. */
    public int cancelled() {
        return cancelled.get();
    }

    /** Accepts no new calls; calls in flight may finish. */
    public void shutdown() {
        server.shutdown();
    }

    public boolean isTerminated() {
        return server.isTerminated();
    }

    @Override
    public void close() {
        stop();
    }

    /** Stops the server and closes all connections. */
    public void stop() {
        server.shutdownNow();
        try {
            server.awaitTermination();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final class EveryMethod extends HandlerRegistry {
        @Override
        public @Nullable ServerMethodDefinition<?, ?> lookupMethod(String method, @Nullable String authority) {
            if (method.startsWith(STREAM)) {
                streams.incrementAndGet();
                return null;
            }
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

                @Override
                public void onCancel() {
                    cancelled.incrementAndGet();
                }
            };
        }
    }

    private static final class Marking implements ServerInterceptor {
        @Override
        public <Q, R> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
            headers.put(STREAMED, "yes");
            return next.startCall(call, headers);
        }
    }

    private final class Counting implements ServerInterceptor {
        @Override
        public <Q, R> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
            streams.incrementAndGet();
            return new ForwardingServerCallListener.SimpleForwardingServerCallListener<>(
                    next.startCall(call, headers)) {
                @Override
                public void onMessage(Q message) {
                    streamMessages.incrementAndGet();
                    super.onMessage(message);
                }
            };
        }
    }
}
