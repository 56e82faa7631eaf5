package dev.entente.server.participant.broker;

import static dev.entente.server.participant.grpc.CallFixture.LOOPS;
import static dev.entente.server.participant.grpc.CallFixture.TIMEOUT;
import static dev.entente.server.participant.grpc.CallFixture.await;
import static dev.entente.server.participant.grpc.CallFixture.leaving;
import static dev.entente.server.participant.grpc.CallFixture.start;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Target;
import dev.entente.server.app.CalledParticipants;
import dev.entente.server.connector.Connector;
import dev.entente.server.connector.OutgoingRecord;
import dev.entente.server.connector.SendResult;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.participant.ParticipantConfig.Broker;
import dev.entente.server.participant.ParticipantStatus;
import dev.entente.server.participant.ProbeResult;
import dev.entente.server.participant.grpc.CallFixture;
import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Records that are sent to a broker through a connector with results that the test sets. */
final class BrokerParticipantsTest {
    private static final Target.Kafka RECORD = new Target.Kafka("events", "orders", "o-1", Map.of("x-shop", "a"));

    private final FakeConnector connector = new FakeConnector();
    private final CalledParticipants participants = new CalledParticipants(
            List.of(ParticipantConfig.plaintext("events", "kafka://127.0.0.1:9")
                    .with(it -> it.maxInFlight = 2)
                    .with(it -> it.broker = new Broker("kafka", List.of("orders", "bill*"), Map.of()))),
            List.of("*:*"),
            List.of(),
            CallFixture.CONNECT,
            LOOPS,
            Metrics.none(),
            config -> connector);

    /** A connector that keeps the records; the test completes the results. */
    private static final class FakeConnector implements Connector {
        final Queue<OutgoingRecord> sent = new ConcurrentLinkedQueue<>();
        volatile CompletableFuture<SendResult> result = new CompletableFuture<>();
        volatile boolean isBroken;

        @Override
        public CompletionStage<SendResult> send(OutgoingRecord record, Duration within) {
            sent.add(record);
            if (isBroken) {
                throw new IllegalStateException("a defect of this connector");
            }
            return result;
        }

        @Override
        public void probe(Duration within) throws IOException {
            throw new IOException("no process is there");
        }

        @Override
        public void close() {
            result.complete(new SendResult.Unanswered("closed"));
        }
    }

    @AfterEach
    void close() {
        participants.close();
    }

    private static BranchCall call(String op, Target target, Duration timeout, BranchCall.Permit permit) {
        return new BranchCall(
                "order-4711",
                "tell",
                op,
                3,
                17,
                Pattern.SAGA,
                Instant.parse("2026-11-20T09:30:00.123Z"),
                target,
                ByteString.copyFromUtf8("{}"),
                timeout,
                permit,
                null,
                null,
                "shop",
                "a-join-token");
    }

    private Outcome sent(String op) {
        return await(start(participants, call(op, RECORD, TIMEOUT, () -> true)));
    }

    /** Waits until the capacity is released, which happens after the response. */
    private void awaitFullCapacity() {
        Awaitility.await()
                .untilAsserted(() -> assertThat(participants.capacity("events")).isEqualTo(4));
    }

    @Test
    void a_record_carries_gid_and_submitter_but_no_join_token() {
        connector.result.complete(new SendResult.Acknowledged(ByteString.copyFromUtf8("{\"offset\":7}")));

        assertThat(sent("action")).isEqualTo(new Outcome.Succeeded(ByteString.copyFromUtf8("{\"offset\":7}")));

        OutgoingRecord record = connector.sent.remove();
        assertThat(record.topic()).isEqualTo("orders");
        assertThat(record.key()).isEqualTo("o-1");
        assertThat(record.value().toStringUtf8()).isEqualTo("{}");
        assertThat(record.headers())
                .containsEntry("x-shop", "a")
                .containsEntry("entente-gid", "order-4711")
                .containsEntry("entente-submitter", "shop")
                .containsEntry("idempotency-key", "order-4711/tell")
                .containsKeys("traceparent", "entente-created", "entente-fence")
                .doesNotContainValue("a-join-token");
    }

    @Test
    void a_compensating_record_has_its_own_idempotency_key() {
        connector.result.complete(new SendResult.Acknowledged(ByteString.EMPTY));
        sent("compensate");
        assertThat(connector.sent.remove().headers()).containsEntry("idempotency-key", "order-4711/tell/compensate");
    }

    @Test
    void a_refused_record_is_misconfigured_and_other_failures_are_unknown() {
        connector.result.complete(new SendResult.Refused("too large"));
        assertThat(sent("action")).isEqualTo(Outcome.Misconfigured.forNow("too large"));

        connector.result = CompletableFuture.completedFuture(new SendResult.Unanswered("no leader"));
        assertThat(sent("action")).isEqualTo(new Outcome.Unknown("no leader", null));

        connector.result = CompletableFuture.failedFuture(new IllegalStateException("a defect"));
        assertThat(sent("action")).isInstanceOf(Outcome.Unknown.class);

        connector.isBroken = true;
        assertThat(sent("action")).isInstanceOf(Outcome.Unknown.class);
        awaitFullCapacity();
    }

    @Test
    void a_send_without_a_result_is_unknown_after_the_timeout() {
        Outcome outcome = leaving(participants, call("action", RECORD, Duration.ofMillis(100), () -> true));
        assertThat(outcome).isEqualTo(new Outcome.Unknown("no acknowledgement in time", null));

        // The capacity is released once, after the response.
        Awaitility.await().until(() -> participants.capacity("events") == 4);
        connector.result.complete(new SendResult.Acknowledged(ByteString.EMPTY));
        assertThat(participants.capacity("events")).isEqualTo(4);
    }

    @Test
    void no_record_is_sent_without_a_lease() {
        Outcome outcome = await(start(participants, call("action", RECORD, TIMEOUT, () -> false)));
        assertThat(outcome).isInstanceOf(Outcome.NotSent.class);
        assertThat(connector.sent).isEmpty();
    }

    @Test
    void a_record_for_a_topic_that_is_not_permitted_is_not_sent() {
        Target.Kafka other = new Target.Kafka("events", "payroll", "", Map.of());
        Outcome outcome = await(start(participants, call("action", other, TIMEOUT, () -> true)));
        assertThat(outcome.detail()).contains("payroll", "participants.events.topics");
        assertThat(connector.sent).isEmpty();
    }

    @Test
    void a_broker_is_addressed_only_by_its_name_and_as_a_broker() {
        assertThat(participants.guard().refusal(RECORD)).isNull();
        assertThat(participants.guard().refusal(new Target.Kafka("events", "billing", "", Map.of())))
                .isNull();
        assertThat(participants.guard().refusal(new Target.Kafka("events", "payroll", "", Map.of())))
                .hasMessageContaining("ENT-015");
        assertThat(participants.guard().refusal(new Target.Kafka("127.0.0.1:9092", "orders", "", Map.of())))
                .hasMessageContaining("ENT-014")
                .hasMessageContaining("kafka://host:port");
        assertThat(participants.guard().refusal(new Target.Grpc("events", "a.B/C")))
                .hasMessageContaining("kafka: {connector: events");
        assertThat(participants.guard().refusal(new Target.Http("events", "POST", "/", Map.of())))
                .hasMessageContaining("kafka: {connector: events");
    }

    @Test
    void a_broker_is_listed_and_probed() {
        assertThat(participants.statuses()).extracting(ParticipantStatus::name).containsExactly("events");
        ProbeResult probe = participants.probe("events").join();
        assertThat(probe.isReachable()).isFalse();
        assertThat(probe.error()).contains("no process is there");
    }
}
