package dev.entente.spring;

import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.StringValue;
import dev.entente.client.Entente;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.wire.TraceParent;
import io.grpc.BindableService;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** Traces of an application with Micrometer Tracing over OpenTelemetry, without code for traces. */
final class MicrometerSpansTest {
    private static final InMemorySpanExporter SPANS = InMemorySpanExporter.create();
    private static final Queue<String> SUBMITTED = new ConcurrentLinkedQueue<>();
    private static final TraceParent CALLER =
            new TraceParent("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "01");
    private static final Map<String, String> HEADERS = Map.of(
            "entente-gid", "order-1",
            "entente-branch", "pay",
            "entente-op", "action",
            "entente-attempt", "2",
            "traceparent", CALLER.header());
    private static final MethodDescriptor<StringValue, StringValue> TAKE =
            MethodDescriptor.<StringValue, StringValue>newBuilder()
                    .setType(MethodDescriptor.MethodType.UNARY)
                    .setFullMethodName("shop.Shop/Take")
                    .setRequestMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                    .setResponseMarshaller(ProtoUtils.marshaller(StringValue.getDefaultInstance()))
                    .build();

    private static Server coordinator;
    private static ConfigurableApplicationContext application;

    /** Accepts every submit. */
    private static final class Acceptance extends TransactionServiceGrpc.TransactionServiceImplBase {
        @Override
        public void submitTransaction(
                SubmitTransactionRequest request, StreamObserver<SubmitTransactionResponse> answer) {
            answer.onNext(SubmitTransactionResponse.getDefaultInstance());
            answer.onCompleted();
        }
    }

    @SpringBootConfiguration
    @EnableAutoConfiguration
    @RestController
    static class Application {
        @Bean
        SpanProcessor recorded() {
            return SimpleSpanProcessor.create(SPANS);
        }

        @Bean
        BindableService shop(Entente entente) {
            return () -> ServerServiceDefinition.builder("shop.Shop")
                    .addMethod(TAKE, ServerCalls.asyncUnaryCall((request, answer) -> {
                        entente.saga("refill").submit();
                        answer.onNext(request);
                        answer.onCompleted();
                    }))
                    .build();
        }

        @PostMapping("/pay")
        String pay() {
            return "paid";
        }
    }

    @BeforeAll
    static void start() throws Exception {
        coordinator = Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
                .addService(new Acceptance())
                .intercept(new ServerInterceptor() {
                    @Override
                    public <Q, R> ServerCall.Listener<Q> interceptCall(
                            ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
                        SUBMITTED.add(String.valueOf(headers.get(TraceParent.KEY)));
                        return next.startCall(call, headers);
                    }
                })
                .build()
                .start();
        application = new SpringApplicationBuilder(Application.class)
                .properties(
                        "server.port=0",
                        "server.address=127.0.0.1",
                        "spring.datasource.url=" + TestDatabase.url(),
                        "spring.autoconfigure.exclude="
                            + "org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration",
                        "management.tracing.sampling.probability=1.0",
                        "entente.grpc.port=0",
                        "entente.target=127.0.0.1:" + coordinator.getPort())
                .run();
        application.getBean(Entente.class);
    }

    @AfterAll
    static void stop() {
        application.close();
        coordinator.shutdownNow();
    }

    @AfterEach
    void clear() {
        SPANS.reset();
        SUBMITTED.clear();
    }

    private static SpanData span(String name) {
        await().until(() -> SPANS.getFinishedSpanItems().stream()
                .anyMatch(span -> span.getName().equals(name)));
        return SPANS.getFinishedSpanItems().stream()
                .filter(span -> span.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void a_grpc_handler_runs_below_the_coordinators_span_and_its_submit_below_the_handler() {
        Metadata headers = new Metadata();
        HEADERS.forEach((name, value) -> headers.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value));
        int port = application.getBean(GrpcServerLifecycle.class).port();
        ManagedChannel channel = Grpc.newChannelBuilder("127.0.0.1:" + port, InsecureChannelCredentials.create())
                .build();
        try {
            StringValue unused = ClientCalls.blockingUnaryCall(
                    ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers)),
                    TAKE,
                    CallOptions.DEFAULT,
                    StringValue.of("1"));
        } finally {
            channel.shutdownNow();
        }
        SpanData action = span("action pay");
        assertThat(action.getKind()).isEqualTo(SpanKind.SERVER);
        assertThat(action.getTraceId()).isEqualTo(CALLER.traceId());
        assertThat(action.getParentSpanId()).isEqualTo(CALLER.spanId());
        assertThat(action.getAttributes().get(stringKey("entente.gid"))).isEqualTo("order-1");
        assertThat(action.getAttributes().get(longKey("entente.attempt"))).isEqualTo(2);
        SpanData submit = span("submit saga");
        assertThat(submit.getParentSpanId()).isEqualTo(action.getSpanId());
        assertThat(SUBMITTED).anySatisfy(header -> assertThat(header).contains(submit.getSpanId()));
    }

    @Test
    void a_controller_has_one_span_of_micrometer_with_the_transactions_attributes() throws Exception {
        String port = application.getEnvironment().getRequiredProperty("local.server.port");
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/pay"))
                .POST(HttpRequest.BodyPublishers.noBody());
        HEADERS.forEach(request::header);
        assertThat(HttpClient.newHttpClient()
                        .send(request.build(), HttpResponse.BodyHandlers.ofString())
                        .body())
                .isEqualTo("paid");

        SpanData served = span("http post /pay");
        assertThat(served.getParentSpanId()).isEqualTo(CALLER.spanId());
        assertThat(served.getAttributes().get(stringKey("entente.gid"))).isEqualTo("order-1");
        assertThat(SPANS.getFinishedSpanItems())
                .noneMatch(span -> span.getName().equals("action pay"));
    }
}
