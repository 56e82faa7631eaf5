package dev.entente.outbox;

import dev.entente.wire.ErrorDetails;
import dev.entente.wire.RawMessage;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Calls unary methods with the stored bytes, without knowledge of the message types. Thread-safe. */
final class GrpcCarrier implements Carrier, AutoCloseable {
    /**
     * The limit of a response, which is not read. A larger response is an error of the receiver; the receiver has the
     * message.
     */
    private static final int MAX_ANSWER_BYTES = 1 << 20;

    private static final int MAX_OPENED = 64;

    private final Map<String, Channel> given;
    /** The channels that this carrier opened, by address. */
    private final Map<String, ManagedChannel> opened = new HashMap<>();

    GrpcCarrier(Map<String, Channel> given) {
        this.given = Map.copyOf(given);
    }

    @Override
    public CompletableFuture<Delivery> deliver(OutgoingMessage message, Duration within) {
        CallOptions options = CallOptions.DEFAULT
                .withDeadlineAfter(within.toNanos(), TimeUnit.NANOSECONDS)
                .withMaxInboundMessageSize(MAX_ANSWER_BYTES);
        ClientCall<byte[], byte[]> call = channel(message).newCall(method(message.method()), options);
        Metadata metadata = new Metadata();
        message.metadata().forEach((name, value) -> metadata.put(key(name), value));
        CompletableFuture<Delivery> delivery = new CompletableFuture<>();
        call.start(
                new ClientCall.Listener<>() {
                    @Override
                    public void onClose(Status status, Metadata trailers) {
                        delivery.complete(meaning(status, trailers));
                    }
                },
                metadata);
        call.sendMessage(message.payload());
        call.halfClose();
        call.request(2); // the second request lets the call receive its trailers after the one response
        return delivery;
    }

    /** Does not wait, because the relay has waited for its calls before. */
    @Override
    public synchronized void close() {
        opened.values().forEach(ManagedChannel::shutdownNow);
        opened.clear();
    }

    private synchronized Channel channel(OutgoingMessage message) {
        String destination = message.address();
        Channel channel = given.get(destination);
        if (channel != null) {
            return channel;
        }
        if (!destination.contains(":")) {
            throw new IllegalStateException("the relay has no channel '" + destination
                    + "'; call OutboxRelay.from(…).channel(\"" + destination + "\", …), or send to host:port");
        }
        if (opened.size() >= MAX_OPENED && !opened.containsKey(destination)) {
            throw new IllegalArgumentException("the relay has opened channels to " + MAX_OPENED
                    + " addresses, which is the limit; give the relay a channel for '" + destination + "'");
        }
        return opened.computeIfAbsent(
                destination,
                address -> Grpc.newChannelBuilder(address, InsecureChannelCredentials.create())
                        .disableRetry()
                        .build());
    }

    private static MethodDescriptor<byte[], byte[]> method(String fullName) {
        return MethodDescriptor.newBuilder(RawMessage.MARSHALLER, RawMessage.MARSHALLER)
                .setType(MethodDescriptor.MethodType.UNARY)
                .setFullMethodName(fullName)
                .build();
    }

    private static Metadata.Key<String> key(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }

    private static Delivery meaning(Status status, Metadata trailers) {
        ErrorDetails error = ErrorDetails.of(status.asRuntimeException(trailers));
        return switch (status.getCode()) {
            case OK -> new Delivery.Delivered();
            case CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, INTERNAL, UNAVAILABLE, DATA_LOSS ->
                new Delivery.Unanswered(error.describe(), error.retryAfter().orElse(Duration.ZERO));
            case UNIMPLEMENTED, PERMISSION_DENIED, UNAUTHENTICATED ->
                // a refusal by a barrier is final
                error.isFromEntente()
                        ? new Delivery.Refused(error.describe())
                        : new Delivery.Misconfigured(error.describe());
            case INVALID_ARGUMENT, NOT_FOUND, ALREADY_EXISTS, FAILED_PRECONDITION, OUT_OF_RANGE ->
                new Delivery.Refused(error.describe());
        };
    }
}
