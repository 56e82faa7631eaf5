package dev.entente.outbox;

import dev.entente.wire.RawMessage;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;

/** A gRPC receiver of raw bytes for the contract's tests. */
final class GrpcContractReceiver extends TestReceiver {
    static final String CHANNEL = "contract";
    private static final String METHOD = "contract.Receiver/Take";

    GrpcContractReceiver() {
        behave(Behaviour.TAKE);
    }

    @Override
    AutoCloseable listen() throws IOException {
        MethodDescriptor<byte[], byte[]> method = MethodDescriptor.newBuilder(
                        RawMessage.MARSHALLER, RawMessage.MARSHALLER)
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(METHOD)
                .build();
        return listen(
                port,
                ServerServiceDefinition.builder("contract.Receiver")
                        .addMethod(method, this::begin)
                        .build());
    }

    @Override
    public OutgoingMessage message(String id, int attempts, int payloadBytes, Map<String, String> headers) {
        byte[] payload = payload(id, payloadBytes);
        return new OutgoingMessage(id, 1, null, "grpc", CHANNEL, METHOD, headers, payload, attempts, Instant.now());
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
        switch (now()) {
            case TAKE -> {
                Map<String, String> metadata = new TreeMap<>();
                headers.keys().stream()
                        .filter(name -> !name.endsWith(Metadata.BINARY_HEADER_SUFFIX))
                        .forEach(name -> metadata.put(
                                name,
                                String.valueOf(headers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER)))));
                take(metadata.getOrDefault("idempotency-key", ""), payload, metadata);
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
