package dev.entente.participant.stream;

import static dev.entente.participant.stream.Coordinator.branchCall;
import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import bank.v1.AccountServiceGrpc;
import bank.v1.FreezeRequest;
import com.sun.net.httpserver.HttpServer;
import dev.entente.participant.BranchHttpFilter;
import dev.entente.participant.Rejection;
import dev.entente.trace.TraceSpan;
import dev.entente.trace.Tracing;
import dev.entente.v1.BranchCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.testing.junit5.OpenTelemetryExtension;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The spans of a participant's calls, over real sockets, with the OpenTelemetry SDK. */
class ParticipantSpansTest {
    @RegisterExtension
    static final OpenTelemetryExtension TELEMETRY = OpenTelemetryExtension.create();

    private static final FreezeRequest ALICE =
            FreezeRequest.newBuilder().setAccount("alice").build();
    private static final BranchCall CALL = branchCall(1, "TryFreeze", ALICE).build();
    private static final Metadata HEADERS = ItemMetadata.of(new Metadata(), CALL);

    private final Tracer application = TELEMETRY.getOpenTelemetry().getTracer("application");
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final StreamServer server = new StreamServer();

    @AfterEach
    void stop() throws Exception {
        server.stop();
        threads.shutdownNow();
    }

    private static SpanData span(String name) {
        // A handler's Error also ends the thread of the call.
        await().dontCatchUncaughtExceptions()
                .until(() -> TELEMETRY.getSpans().stream().anyMatch(one -> name.equals(one.getName())));
        return TELEMETRY.getSpans().stream()
                .filter(one -> name.equals(one.getName()))
                .findFirst()
                .orElseThrow();
    }

    private SpanData checked() {
        SpanData span = span("try debit");
        assertThat(span.getKind()).isEqualTo(SpanKind.SERVER);
        assertThat(CALL.getTraceparent()).isEqualTo("00-" + span.getTraceId() + "-" + span.getParentSpanId() + "-01");
        assertThat(span.getAttributes().get(stringKey("entente.gid"))).isEqualTo("order-1");
        assertThat(span.getAttributes().get(stringKey("entente.branch"))).isEqualTo("debit");
        assertThat(span.getAttributes().get(stringKey("entente.op"))).isEqualTo("try");
        assertThat(span.getAttributes().get(longKey("entente.attempt"))).isEqualTo(3);
        assertThat(span.toString()).doesNotContain("secret");
        assertThat(span("query").getParentSpanId()).isEqualTo(span.getSpanId());
        return span;
    }

    private void query() {
        application.spanBuilder("query").startSpan().end();
    }

    private void call() {
        var unused = AccountServiceGrpc.newBlockingStub(channel())
                .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(HEADERS))
                .tryFreeze(ALICE);
    }

    private ManagedChannel channel() {
        return server.serve(threads);
    }

    @Test
    void a_unary_and_a_streamed_handler_run_in_a_span_below_the_coordinators() {
        StreamServer.Handler before = server.handler();
        server.handle((request, answer) -> {
            query();
            before.handle(request, answer);
        });
        call();
        assertThat(checked().getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);

        TELEMETRY.clearSpans();
        Coordinator coordinator = Coordinator.of(channel());
        coordinator.send(CALL.toBuilder());
        coordinator.answer(1);
        assertThat(checked().getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
    }

    @Test
    void a_refusal_has_an_outcome_and_an_unexpected_failure_is_an_error() {
        server.handle((request, answer) -> {
            query();
            throw new Rejection("NO_MONEY", "secret");
        });
        assertThatThrownBy(this::call).hasMessageContaining("secret");
        assertThat(checked().getAttributes().get(stringKey("entente.outcome"))).isEqualTo("rejected");
        assertThat(checked().getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);

        TELEMETRY.clearSpans();
        server.handle((request, answer) -> {
            query();
            throw new IllegalStateException("secret");
        });
        assertThatThrownBy(this::call).hasMessageContaining("UNKNOWN");
        assertThat(checked().getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    }

    @Test
    void an_error_of_the_virtual_machine_is_no_refusal_and_ends_the_span() {
        server.handle((request, answer) -> {
            query();
            throw new ExceptionInInitializerError(new Rejection("NO_MONEY", "secret"));
        });
        assertThatThrownBy(this::call).hasMessageContaining("UNKNOWN");
        assertThat(checked().getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
    }

    @Test
    void a_current_span_of_the_same_trace_replaces_the_span_of_the_sdk() {
        Span agents = application.spanBuilder("agent").startSpan();
        String header = "00-" + agents.getSpanContext().getTraceId() + "-b7ad6b7169203331-01";
        try (Scope scope = agents.makeCurrent()) {
            assertThat(scope).isNotNull();
            TraceSpan span = Tracing.found().start(Tracing.Kind.SERVER, "action pay", header);
            span.attribute("entente.gid", "order-1");
            span.end("");
            Tracing.found()
                    .start(Tracing.Kind.SERVER, "action other", CALL.getTraceparent())
                    .end("");
        }
        assertThat(TELEMETRY.getSpans()).extracting(SpanData::getName).containsExactly("action other");
        agents.end();
        assertThat(span("agent").getAttributes().get(stringKey("entente.gid"))).isEqualTo("order-1");
    }

    @Test
    void an_http_handler_runs_in_a_span_with_its_outcome() throws Exception {
        HttpServer http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.createContext("/", exchange -> {
                    query();
                    throw new Rejection("NO_MONEY", "secret");
                })
                .getFilters()
                .add(new BranchHttpFilter());
        http.start();
        try {
            URI address =
                    URI.create("http://" + InetAddress.getLoopbackAddress().getHostAddress() + ":"
                            + http.getAddress().getPort());
            HttpRequest.Builder request = HttpRequest.newBuilder(address);
            for (String name : new String[] {"entente-gid", "entente-branch", "entente-op", "entente-attempt"}) {
                request.header(name, HEADERS.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER)));
            }
            request.header("traceparent", CALL.getTraceparent());
            var unused = HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.discarding());
            assertThat(checked().getAttributes().get(stringKey("entente.outcome")))
                    .isEqualTo("rejected");
        } finally {
            http.stop(0);
        }
    }
}
