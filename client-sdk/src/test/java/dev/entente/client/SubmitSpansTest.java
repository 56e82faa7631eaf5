package dev.entente.client;

import static io.opentelemetry.api.common.AttributeKey.stringKey;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.participant.BranchInterceptor;
import dev.entente.trace.Tracing;
import dev.entente.wire.TraceParent;
import io.grpc.Context;
import io.grpc.Status;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.testing.junit5.OpenTelemetryExtension;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The span of a submit, and an SDK without OpenTelemetry's classes. */
class SubmitSpansTest extends CoordinatorFixture {
    @RegisterExtension
    static final OpenTelemetryExtension TELEMETRY = OpenTelemetryExtension.create();

    private static final TraceParent CALL =
            new TraceParent("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", "01");

    SubmitSpansTest() throws IOException {
        super(settings -> settings.stream(false));
    }

    private static SpanData submit() {
        return TELEMETRY.getSpans().stream()
                .filter(span -> span.getName().equals("submit saga"))
                .findFirst()
                .orElseThrow();
    }

    private String sent() {
        return String.valueOf(server.arrivals.get(0).header("traceparent"));
    }

    @Test
    void a_submit_is_a_client_span_below_the_current_span_and_sends_its_id() {
        Span request = TELEMETRY
                .getOpenTelemetry()
                .getTracer("t")
                .spanBuilder("request")
                .startSpan();
        try (Scope scope = request.makeCurrent()) {
            assertThat(scope).isNotNull();
            entente.saga("checkout").gid("order-1").submit();
        }
        assertThat(submit().getKind()).isEqualTo(SpanKind.CLIENT);
        assertThat(submit().getParentSpanId())
                .isEqualTo(request.getSpanContext().getSpanId());
        assertThat(submit().getParentSpanContext().isRemote()).isFalse();
        assertThat(submit().getAttributes().get(stringKey("entente.gid"))).isEqualTo("order-1");
        assertThat(sent()).startsWith("00-" + submit().getTraceId() + "-" + submit().getSpanId() + "-");
        assertThat(Span.current().getSpanContext().isValid()).isFalse();
    }

    @Test
    void without_a_current_span_the_trace_of_the_call_is_continued() throws Exception {
        CALL.in(Context.current()).call(() -> entente.saga("checkout").submit());

        assertThat(submit().getTraceId()).isEqualTo(CALL.traceId());
        assertThat(submit().getParentSpanId()).isEqualTo(CALL.spanId());
        assertThat(sent()).contains(submit().getSpanId());
    }

    @Test
    void a_refused_submit_is_an_error() {
        coordinator.fail("submit", FakeCoordinator.error(Status.Code.INVALID_ARGUMENT, "ENT-001", "secret"));
        assertThatThrownBy(() -> entente.saga("checkout").submit()).isInstanceOf(TransactionRefused.class);

        assertThat(submit().getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(submit().getStatus().getDescription()).isEqualTo(TransactionRefused.class.getName());
    }

    @Test
    void the_sdk_works_without_the_classes_of_opentelemetry() throws Exception {
        String libraries = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(entry -> !entry.contains("opentelemetry"))
                .collect(Collectors.joining(File.pathSeparator));
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Process process = new ProcessBuilder(java.toString(), "-cp", libraries, IsolatedSubmit.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(output).isZero();
        assertThat(output).endsWith(IsolatedSubmit.DONE + System.lineSeparator());
    }

    /** The program of a process without OpenTelemetry. */
    static final class IsolatedSubmit {
        private static final String DONE = "submitted without a span";

        private IsolatedSubmit() {}

        public static void main(String[] arguments) throws IOException {
            assertThatThrownBy(() -> Class.forName("io.opentelemetry.api.trace.Span"))
                    .isInstanceOf(ClassNotFoundException.class);
            try (Loopback server = new Loopback(new FakeCoordinator(), new BranchInterceptor());
                    Entente client = server.client().stream(false).build()) {
                client.saga("checkout").submit();
                assertThat(server.arrivals.get(0).header("traceparent")).isNull();
                assertThat(Tracing.found().current()).isEmpty();
            }
            System.out.println(DONE);
        }
    }
}
