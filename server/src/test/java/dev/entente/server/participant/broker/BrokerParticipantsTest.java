package dev.entente.server.participant.broker;

import static dev.entente.server.participant.grpc.CallFixture.LOOPS;
import static dev.entente.server.participant.grpc.CallFixture.PATIENCE;
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

/** Records on their way to a broker, whose connector answers what a test wants. */
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

    /** Keeps what it is given; a test completes it. */
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
            throw new IOException("nobody is there");
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
                "shop",
                "a-join-token");
    }

    private Outcome sent(String op) {
        return await(start(participants, call(op, RECORD, PATIENCE, () -> true)));
    }

    /** A place is given back after the answer. */
    private void awaitAllPlaces() {
        Awaitility.await()
                .untilAsserted(() -> assertThat(participants.capacity("events")).isEqualTo(4));
    }

    @Test
    void a_record_carries_who_sends_it_and_no_token() {
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
    void what_undoes_a_record_has_an_id_of_its_own() {
        connector.result.complete(new SendResult.Acknowledged(ByteString.EMPTY));
        sent("compensate");
        assertThat(connector.sent.remove().headers()).containsEntry("idempotency-key", "order-4711/tell/compensate");
    }

    @Test
    void what_is_refused_is_misconfigured_and_all_else_unknown_and_nothing_rejected() {
        connector.result.complete(new SendResult.Refused("too large"));
        assertThat(sent("action")).isEqualTo(Outcome.Misconfigured.forNow("too large"));

        connector.result = CompletableFuture.completedFuture(new SendResult.Unanswered("no leader"));
        assertThat(sent("action")).isEqualTo(new Outcome.Unknown("no leader", null));

        connector.result = CompletableFuture.failedFuture(new IllegalStateException("a defect"));
        assertThat(sent("action")).isInstanceOf(Outcome.Unknown.class);

        connector.isBroken = true;
        assertThat(sent("action")).isInstanceOf(Outcome.Unknown.class);
        awaitAllPlaces();
    }

    @Test
    void a_connector_that_never_answers_is_unknown_once_the_time_is_up() {
        Outcome outcome = leaving(participants, call("action", RECORD, Duration.ofMillis(100), () -> true));
        assertThat(outcome).isEqualTo(new Outcome.Unknown("no acknowledgement in time", null));

        // Its place is given back behind the answer, and once.
        Awaitility.await().until(() -> participants.capacity("events") == 4);
        connector.result.complete(new SendResult.Acknowledged(ByteString.EMPTY));
        assertThat(participants.capacity("events")).isEqualTo(4);
    }

    @Test
    void no_record_leaves_without_a_live_lease() {
        Outcome outcome = await(start(participants, call("action", RECORD, PATIENCE, () -> false)));
        assertThat(outcome).isInstanceOf(Outcome.NotSent.class);
        assertThat(connector.sent).isEmpty();
    }

    @Test
    void a_topic_that_is_not_permitted_any_more_is_misconfigured() {
        Target.Kafka other = new Target.Kafka("events", "payroll", "", Map.of());
        Outcome outcome = await(start(participants, call("action", other, PATIENCE, () -> true)));
        assertThat(outcome.detail()).contains("payroll", "participants.events.topics");
        assertThat(connector.sent).isEmpty();
    }

    @Test
    void brokers_are_called_by_their_names_and_as_brokers() {
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
        assertThat(probe.error()).contains("nobody is there");
    }
}
