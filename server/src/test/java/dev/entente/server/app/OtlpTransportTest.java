package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.server.Certificate;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporter;
import io.opentelemetry.exporter.otlp.trace.OtlpGrpcSpanExporterBuilder;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The transport of spans, used by OpenTelemetry's own exporter. */
class OtlpTransportTest {
    private static final Metadata.Key<String> TENANT = Metadata.Key.of("tenant", Metadata.ASCII_STRING_MARSHALLER);

    @TempDir
    private Path folder;

    /** For each attempt: the headers. */
    private final Queue<Metadata> attempts = new ConcurrentLinkedQueue<>();

    private final Queue<ExportTraceServiceRequest> accepted = new ConcurrentLinkedQueue<>();
    private int refusals;

    private NettyServerBuilder builder() {
        return NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .intercept(new ServerInterceptor() {
                    @Override
                    public <Q, R> ServerCall.Listener<Q> interceptCall(
                            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
                        attempts.add(headers);
                        return next.startCall(call, headers);
                    }
                })
                .addService(new TraceServiceGrpc.TraceServiceImplBase() {
                    @Override
                    public void export(
                            ExportTraceServiceRequest request, StreamObserver<ExportTraceServiceResponse> answer) {
                        if (attempts.size() <= refusals) {
                            answer.onError(Status.UNAVAILABLE.asRuntimeException());
                        } else {
                            accepted.add(request);
                            answer.onNext(ExportTraceServiceResponse.getDefaultInstance());
                            answer.onCompleted();
                        }
                    }
                });
    }

    private void export(OtlpGrpcSpanExporterBuilder exporter) {
        try (SdkTracerProvider tracing = SdkTracerProvider.builder()
                .addSpanProcessor(SimpleSpanProcessor.create(exporter.build()))
                .build()) {
            tracing.get("test").spanBuilder("one").startSpan().end();
            await().until(() -> !accepted.isEmpty());
        }
    }

    @Test
    void an_unavailable_receiver_is_tried_again_with_headers_and_compression() throws Exception {
        refusals = 1;
        Server receiver = builder().build().start();

        export(OtlpGrpcSpanExporter.builder()
                .setEndpoint("http://127.0.0.1:" + receiver.getPort())
                .setCompression("gzip")
                .addHeader("Tenant", "shop"));

        assertThat(attempts).hasSize(2).allMatch(headers -> "shop".equals(headers.get(TENANT)));
        assertThat(String.valueOf(attempts.peek())).contains("grpc-encoding=gzip");
        assertThat(String.valueOf(accepted.peek())).contains("name: \"one\"");
        receiver.shutdownNow();
    }

    @Test
    void both_sides_present_their_certificates() throws Exception {
        Certificate server = Certificate.selfSigned(folder, "receiver");
        Certificate client = Certificate.selfSigned(folder, "coordinator");
        Server receiver = builder()
                .sslContext(GrpcSslContexts.forServer(
                                server.chain().toFile(), server.key().toFile())
                        .trustManager(client.chain().toFile())
                        .clientAuth(ClientAuth.REQUIRE)
                        .build())
                .build()
                .start();

        export(OtlpGrpcSpanExporter.builder()
                .setEndpoint("https://127.0.0.1:" + receiver.getPort())
                .setTrustedCertificates(Files.readAllBytes(server.chain()))
                .setClientTls(Files.readAllBytes(client.key()), Files.readAllBytes(client.chain())));

        assertThat(accepted).hasSize(1);
        receiver.shutdownNow();
    }
}
