package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.SpanReceiver;
import dev.entente.server.participant.http.LoopbackHttp;
import dev.entente.server.participant.http.LoopbackHttp.Answer;
import dev.entente.v1.Plan;
import dev.entente.wire.TraceParent;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The spans that a coordinator sends to a receiver of OTLP. */
class SpansTest {
    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String SUBMITTER = "b7ad6b7169203331";

    private static LoopbackHttp shop;
    private static SpanReceiver receiver;
    private static LocalCoordinator coordinator;

    @BeforeAll
    static void start() throws IOException {
        shop = LoopbackHttp.start(call -> call.path().equals("/reject")
                ? Answer.of(409, "{\"secret\": \"s3\"}")
                : Answer.of(200, "{\"secret\": 1}"));
        receiver = SpanReceiver.start();
        coordinator = coordinator("");
    }

    @AfterAll
    static void stop() {
        coordinator.close();
        shop.close();
        receiver.close();
    }

    private static LocalCoordinator coordinator(String ratio) {
        return LocalCoordinator.start(
                "participants.shop.target",
                shop.url(),
                "participants.stock.target",
                "127.0.0.1:1",
                "telemetry.otlp.endpoint",
                receiver.url(),
                "telemetry.traces.ratio",
                ratio);
    }

    private static Plan saga(String gid, String lastPath) {
        return SamplePlans.json("""
            {"gid": "%s", "name": "checkout", "saga": {"steps": [
              {"id": "pay", "action": {"http": {"participant": "shop", "path": "/pay"}},
               "compensate": {"http": {"participant": "shop", "path": "/refund"}}},
              {"id": "ship", "no_undo": true, "action": {"http": {"participant": "shop", "path": "%s"}}}]}}
            """.formatted(gid, lastPath));
    }

    /** Returns the spans of a trace by name, once there are as many. */
    private static Map<String, Span> spans(String trace, int number) {
        await().until(() -> receiver.spans(trace).size() >= number);
        return receiver.spans(trace).stream().collect(Collectors.toMap(Span::getName, Function.identity()));
    }

    private static Span span(Map<String, Span> spans, String name) {
        return Objects.requireNonNull(spans.get(name), name);
    }

    private static String id(Span span) {
        return SpanReceiver.hex(span.getSpanId().toByteArray());
    }

    private static String parent(Span span) {
        return SpanReceiver.hex(span.getParentSpanId().toByteArray());
    }

    private static String header(String gid, String path) {
        return shop.arrived().stream()
                .filter(call ->
                        call.header("entente-gid").equals(gid) && call.path().equals(path))
                .map(call -> call.header("traceparent"))
                .findAny()
                .orElseThrow();
    }

    @Test
    void a_saga_is_one_trace_from_its_acceptance_to_its_final_state() {
        coordinator.run(saga("s-whole", "/reject"));

        String trace = TraceParent.traceIdOf("s-whole");
        Map<String, Span> spans = spans(trace, 8);
        assertThat(spans.keySet())
                .containsExactlyInAnyOrder(
                        "accept saga",
                        "send action pay",
                        "action pay",
                        "send action ship",
                        "action ship",
                        "send compensate pay",
                        "compensate pay",
                        "saga until the final state");
        Span accept = span(spans, "accept saga");
        Span send = span(spans, "send action pay");
        Span pay = span(spans, "action pay");
        assertThat(parent(accept)).isEmpty();
        assertThat(List.of(send, span(spans, "saga until the final state")))
                .allMatch(span -> parent(span).equals(id(accept)));
        assertThat(parent(pay)).isEqualTo(id(send));
        assertThat(header("s-whole", "/pay")).isEqualTo("00-" + trace + "-" + id(send) + "-01");
        assertThat(send.getEndTimeUnixNano()).isLessThanOrEqualTo(pay.getEndTimeUnixNano());
        assertThat(SpanReceiver.attribute(pay, "entente.outcome")).isEqualTo("succeeded");
        assertThat(SpanReceiver.attribute(pay, "entente.participant")).isEqualTo("shop");
        assertThat(SpanReceiver.attribute(pay, "entente.attempt")).isEqualTo("1");
        Span ship = span(spans, "action ship");
        assertThat(SpanReceiver.attribute(ship, "entente.outcome")).isEqualTo("failed");
        assertThat(ship.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
        Span end = span(spans, "saga until the final state");
        assertThat(SpanReceiver.attribute(end, "entente.state")).isEqualTo("ABORTED");
        assertThat(spans.values()).noneMatch(span -> span.toString().contains("secret"));
    }

    @Test
    void the_trace_of_a_submitter_continues_with_its_decision_to_sample() {
        coordinator.with("traceparent", "00-" + TRACE + "-" + SUBMITTER + "-01").run(saga("s-child", "/ship"));
        assertThat(parent(span(spans(TRACE, 6), "accept saga"))).isEqualTo(SUBMITTER);

        String unsampled = TRACE.replace('0', '1');
        coordinator
                .with("traceparent", "00-" + unsampled + "-" + SUBMITTER + "-00")
                .run(saga("s-not", "/ship"));
        coordinator.run(saga("s-later", "/ship"));
        var _ = spans(TraceParent.traceIdOf("s-later"), 6);
        assertThat(receiver.spans(unsampled)).isEmpty();
        assertThat(header("s-not", "/pay")).startsWith("00-" + unsampled).endsWith("-00");
    }

    @Test
    void an_operation_of_an_operator_and_a_child_belong_to_the_trace() {
        coordinator.submit(SamplePlans.scheduled("s-parked"));
        coordinator.park("s-parked");
        Map<String, Span> spans = spans(TraceParent.traceIdOf("s-parked"), 2);
        assertThat(parent(span(spans, "operator park"))).isEqualTo(id(span(spans, "accept saga")));

        coordinator.run(SamplePlans.json("""
            {"gid": "s-family", "name": "checkout", "saga": {"steps": [
              {"id": "tell", "no_undo": true, "message": {"deliveries": [
                {"http": {"participant": "shop", "path": "/tell"}}]}}]}}
            """));
        Map<String, Span> family = spans(TraceParent.traceIdOf("s-family"), 6);
        assertThat(parent(span(family, "accept message"))).isEqualTo(id(span(family, "accept saga")));
    }

    @Test
    void the_ratio_decides_for_a_transaction_without_a_trace_and_its_participants() {
        try (LocalCoordinator silent = coordinator("0")) {
            silent.run(saga("s-ratio", "/ship"));
        }
        assertThat(receiver.spans(TraceParent.traceIdOf("s-ratio"))).isEmpty();
        assertThat(header("s-ratio", "/pay")).endsWith("-00");
    }

    @Test
    void openmetrics_has_the_trace_as_exemplar_of_calls_and_transactions() throws Exception {
        coordinator.run(saga("s-exemplar", "/ship"));
        HttpRequest scrape = HttpRequest.newBuilder(
                        URI.create("http://" + coordinator.server.ready().http() + "/metrics"))
                .header("accept", "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.2")
                .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = http.send(scrape, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.headers().firstValue("content-type").orElse(""))
                    .startsWith("application/openmetrics-text");
            assertThat(answer.body())
                    .containsPattern(
                            "(?m)^entente_call_duration_seconds_bucket\\{.*# \\{span_id=.*trace_id=\"[0-9a-f]{32}\"")
                    .containsPattern("(?m)^entente_transaction_duration_seconds_bucket\\{.*#"
                            + " \\{span_id=.*trace_id=\"[0-9a-f]{32}\"")
                    .endsWith("# EOF\n");
        }
    }
}
