package dev.entente.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.client.Entente;
import dev.entente.client.FakeCoordinator;
import dev.entente.client.Loopback;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.testing.junit5.OpenTelemetryExtension;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The trace of a message from its enqueue to its receiver. */
class DeliverySpansTest {
    @RegisterExtension
    static final OpenTelemetryExtension TELEMETRY = OpenTelemetryExtension.create();

    private final OutboxFixture fixture;
    private final Span request = TELEMETRY
            .getOpenTelemetry()
            .getTracer("application")
            .spanBuilder("request")
            .startSpan();

    DeliverySpansTest() throws SQLException {
        fixture = new OutboxFixture("delivery_spans");
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    private void enqueue(OutboxMessage message) throws SQLException {
        try (Scope scope = request.makeCurrent()) {
            assertThat(scope).isNotNull();
            fixture.enqueue(message);
        }
    }

    private static SpanData span(String name) {
        await().until(() ->
                TELEMETRY.getSpans().stream().anyMatch(span -> span.getName().equals(name)));
        return TELEMETRY.getSpans().stream()
                .filter(span -> span.getName().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static String header(SpanData span) {
        return "00-" + span.getTraceId() + "-" + span.getSpanId() + "-"
                + span.getSpanContext().getTraceFlags().asHex();
    }

    private void checkBelowEnqueue(SpanData delivery) {
        assertThat(delivery.getTraceId()).isEqualTo(request.getSpanContext().getTraceId());
        assertThat(delivery.getParentSpanId())
                .isEqualTo(request.getSpanContext().getSpanId());
    }

    @Test
    void a_delivery_is_a_client_span_below_the_enqueue_and_its_receiver_gets_its_id() throws SQLException {
        enqueue(fixture.message("traced"));
        fixture.start();

        SpanData delivery = span("deliver http");
        checkBelowEnqueue(delivery);
        assertThat(delivery.getKind()).isEqualTo(SpanKind.CLIENT);
        assertThat(fixture.receiver.taken.get(0).header("traceparent")).isEqualTo(header(delivery));
    }

    @Test
    void a_brokers_carrier_gets_the_id_of_a_producer_span() throws SQLException {
        AtomicReference<String> sent = new AtomicReference<>();
        enqueue(OutboxMessage.toKafka("orders", new byte[0]));
        fixture.start(fixture.relay().carrier("kafka", (message, within) -> {
            sent.set(message.metadata().getOrDefault("traceparent", ""));
            return CompletableFuture.completedFuture(new Delivery.Delivered());
        }));

        SpanData delivery = span("deliver kafka");
        checkBelowEnqueue(delivery);
        assertThat(delivery.getKind()).isEqualTo(SpanKind.PRODUCER);
        assertThat(sent.get()).isEqualTo(header(delivery));
    }

    @Test
    void a_submit_from_the_outbox_is_below_its_delivery() throws Exception {
        try (Loopback server = new Loopback(new FakeCoordinator());
                Entente entente = Entente.builder(server.target()).stream(false).build()) {
            TELEMETRY.clearSpans(); // the first server of a process submits by itself
            enqueue(OutboxMessage.toCoordinator(entente.saga("checkout")));
            fixture.start(fixture.relay().deliverThrough(entente));

            SpanData submit = span("submit saga");
            checkBelowEnqueue(span("deliver coordinator"));
            assertThat(submit.getParentSpanId())
                    .isEqualTo(span("deliver coordinator").getSpanId());
            assertThat(server.arrivals.get(0).header("traceparent")).isEqualTo(header(submit));
        }
    }
}
