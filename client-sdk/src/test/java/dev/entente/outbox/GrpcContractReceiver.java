package dev.entente.outbox;

import dev.entente.backends.LoopbackPorts;
import dev.entente.outbox.contract.ContractReceiver;
import dev.entente.wire.RawMessage;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A receiver over gRPC, of raw bytes, for the contract's tests. */
final class GrpcContractReceiver implements ContractReceiver, AutoCloseable {
    static final String CHANNEL = "contract";
    private static final String METHOD = "contract.Receiver/Take";

    private final HeldBehaviour behaviour = new HeldBehaviour();
    private @Nullable Server server;
    /** Kept while it is away. */
    private final int port = LoopbackPorts.next();

    GrpcContractReceiver() {
        start();
    }

    String target() {
        return "127.0.0.1:" + port;
    }

    @Override
    public boolean behave(Behaviour next) {
        behaviour.set(next);
        if (next == Behaviour.BE_AWAY && server != null) {
            close();
        } else if (next != Behaviour.BE_AWAY && server == null) {
            start();
        }
        return true;
    }

    @Override
    public OutgoingMessage message(String id, int attempts, int payloadBytes, Map<String, String> headers) {
        byte[] payload =
                (id + "x".repeat(payloadBytes)).substring(0, payloadBytes).getBytes(StandardCharsets.US_ASCII);
        return new OutgoingMessage(id, 1, null, "grpc", CHANNEL, METHOD, headers, payload, attempts, Instant.now());
    }

    @Override
    public List<Taken> taken() {
        return behaviour.taken();
    }

    @Override
    public void close() {
        Server running = server;
        if (running != null) {
            running.shutdownNow();
            try {
                running.awaitTermination();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
            server = null;
        }
    }

    private void start() {
        MethodDescriptor<byte[], byte[]> method = MethodDescriptor.newBuilder(
                        RawMessage.MARSHALLER, RawMessage.MARSHALLER)
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(METHOD)
                .build();
        ServerServiceDefinition service = ServerServiceDefinition.builder("contract.Receiver")
                .addMethod(method, this::begin)
                .build();
        try {
            Server started = NettyServerBuilder.forAddress(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                    .addService(service)
                    .build()
                    .start();
            server = started;
        } catch (IOException broken) {
            throw new UncheckedIOException(broken);
        }
    }

    private ServerCall.Listener<byte[]> begin(ServerCall<byte[], byte[]> call, Metadata headers) {
        call.request(1);
        return new ServerCall.Listener<>() {
            @Override
            public void onMessage(byte[] payload) {
                answer(call, headers, payload);
            }
        };
    }

    private void answer(ServerCall<byte[], byte[]> call, Metadata headers, byte[] payload) {
        switch (behaviour.now()) {
            case TAKE -> {
                Map<String, String> metadata = new TreeMap<>();
                headers.keys().stream()
                        .filter(name -> !name.endsWith(Metadata.BINARY_HEADER_SUFFIX))
                        .forEach(name -> metadata.put(
                                name,
                                String.valueOf(headers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER)))));
                behaviour.take(new Taken(metadata.getOrDefault("idempotency-key", ""), payload, metadata));
                call.sendHeaders(new Metadata());
                call.sendMessage(new byte[0]);
                call.close(Status.OK, new Metadata());
            }
            case FAIL -> call.close(Status.UNAVAILABLE, new Metadata());
            case REFUSE -> call.close(Status.INVALID_ARGUMENT, new Metadata());
            case HANG, BE_AWAY -> {} // never answered
        }
    }
}
