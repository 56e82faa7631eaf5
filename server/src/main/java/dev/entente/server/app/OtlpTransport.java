package dev.entente.server.app;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.store.StartupFailure;
import dev.entente.server.telemetry.OtlpTraces;
import dev.entente.server.telemetry.Traces;
import dev.entente.wire.RawMessage;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ApplicationProtocolConfig;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.grpc.netty.shaded.io.netty.handler.ssl.JdkSslContext;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.Compressor;
import io.opentelemetry.sdk.common.export.GrpcResponse;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import io.opentelemetry.sdk.common.export.GrpcStatusCode;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Sends OTLP over the gRPC transport of the server. OpenTelemetry loads the class by {@code ServiceLoader}. */
public final class OtlpTransport implements GrpcSenderProvider {
    private static final int MAX_ATTEMPTS = 5;

    /** Creates a provider, for {@code ServiceLoader}. */
    public OtlpTransport() {}

    /**
     * Starts the traces that the settings or OpenTelemetry's variables request.
     *
     * @throws StartupFailure if a setting or a variable is invalid
     */
    static Traces traces(Configuration configuration, Supplier<Instant> clock) {
        String endpoint = configuration.get(Setting.TELEMETRY_OTLP_ENDPOINT);
        if (endpoint.isEmpty() && !OtlpTraces.isRequested(System.getenv())) {
            return Traces.NONE;
        }
        try {
            Double ratio = configuration.get(Setting.TELEMETRY_TRACES_RATIO);
            return OtlpTraces.start(endpoint, ratio, configuration.node(), clock);
        } catch (ConfigurationException unusable) {
            throw new StartupFailure(
                    ErrorCode.BAD_VALUE,
                    "telemetry.otlp.endpoint or a variable OTEL_… cannot be used: " + unusable.getMessage(),
                    unusable);
        }
    }

    @Override
    public GrpcSender createSender(GrpcSenderConfig config) {
        return new Sender(config);
    }

    private static ManagedChannel channel(GrpcSenderConfig config, String service) {
        URI endpoint = config.getEndpoint();
        boolean isTls = "https".equals(endpoint.getScheme());
        int port = endpoint.getPort() >= 0 ? endpoint.getPort() : isTls ? 443 : 80;
        NettyChannelBuilder builder = NettyChannelBuilder.forAddress(endpoint.getHost(), port);
        SSLContext context = config.getSslContext();
        if (!isTls) {
            builder.usePlaintext();
        } else if (context != null) {
            var http2 = new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    "h2");
            builder.sslContext(new JdkSslContext(
                    context, true, null, IdentityCipherSuiteFilter.INSTANCE, http2, ClientAuth.NONE, null, false));
        }
        return builder.defaultServiceConfig(retries(service)).build();
    }

    /** Returns a policy that repeats failed exports, with growing and jittered pauses (gRPC's retry). */
    private static Map<String, ?> retries(String service) {
        Map<String, ?> policy = Map.of(
                "maxAttempts",
                (double) MAX_ATTEMPTS,
                "initialBackoff",
                "1s",
                "maxBackoff",
                "5s",
                "backoffMultiplier",
                1.5,
                "retryableStatusCodes",
                List.of("UNAVAILABLE"));
        return Map.of(
                "methodConfig", List.of(Map.of("name", List.of(Map.of("service", service)), "retryPolicy", policy)));
    }

    private static final class Sender implements GrpcSender {
        private final GrpcSenderConfig config;
        private final MethodDescriptor<byte[], byte[]> method;
        private final ManagedChannel channel;

        Sender(GrpcSenderConfig config) {
            this.config = config;
            this.method = MethodDescriptor.newBuilder(RawMessage.MARSHALLER, RawMessage.MARSHALLER)
                    .setType(MethodDescriptor.MethodType.UNARY)
                    .setFullMethodName(config.getFullMethodName())
                    .build();
            this.channel = channel(config, String.valueOf(method.getServiceName()));
        }

        @Override
        public void send(MessageWriter message, Consumer<GrpcResponse> onResponse, Consumer<Throwable> onError) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream(message.getContentLength());
            try {
                message.writeMessage(bytes);
            } catch (IOException impossible) {
                throw new UncheckedIOException(impossible);
            }
            ClientCalls.asyncUnaryCall(
                    withHeaders().newCall(method, options()), bytes.toByteArray(), new Answer(onResponse));
        }

        private Channel withHeaders() {
            Metadata headers = new Metadata();
            config.getHeadersSupplier()
                    .get()
                    .forEach((name, values) -> values.forEach(
                            value -> headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value)));
            return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers));
        }

        private CallOptions options() {
            Compressor compressor = config.getCompressor();
            CallOptions options =
                    CallOptions.DEFAULT.withDeadlineAfter(config.getTimeout().toMillis(), TimeUnit.MILLISECONDS);
            return compressor == null ? options : options.withCompression(compressor.getEncoding());
        }

        @Override
        public CompletableResultCode shutdown() {
            channel.shutdownNow();
            return CompletableResultCode.ofSuccess();
        }
    }

    private static final class Answer implements StreamObserver<byte[]> {
        private final Consumer<GrpcResponse> onResponse;
        private byte[] message = new byte[0];

        Answer(Consumer<GrpcResponse> onResponse) {
            this.onResponse = onResponse;
        }

        @Override
        public void onNext(byte[] value) {
            message = value;
        }

        @Override
        public void onError(Throwable failure) {
            onResponse.accept(new Response(Status.fromThrowable(failure), message));
        }

        @Override
        public void onCompleted() {
            onResponse.accept(new Response(Status.OK, message));
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Response(Status status, byte[] message) implements GrpcResponse {
        @Override
        public GrpcStatusCode getStatusCode() {
            return GrpcStatusCode.fromValue(status.getCode().value());
        }

        @Override
        public @Nullable String getStatusDescription() {
            return status.getDescription();
        }

        @Override
        public byte[] getResponseMessage() {
            return message;
        }
    }
}
