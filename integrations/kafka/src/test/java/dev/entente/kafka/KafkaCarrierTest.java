package dev.entente.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.CommittedRecords;
import dev.entente.backends.KafkaBroker;
import dev.entente.backends.PatientAwaits;
import dev.entente.outbox.Delivery;
import dev.entente.outbox.Outbox;
import dev.entente.outbox.OutboxMessage;
import dev.entente.outbox.OutboxRelay;
import dev.entente.outbox.OutgoingMessage;
import dev.entente.outbox.contract.CarrierContract;
import dev.entente.outbox.contract.CarrierFinding;
import dev.entente.outbox.contract.CarrierFinding.Verdict;
import dev.entente.outbox.contract.CarrierPromise;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import javax.sql.DataSource;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Tests that the carrier keeps the contract and that a bad message does not affect its batch. */
class KafkaCarrierTest {
    private static final Duration WITHIN = PatientAwaits.BOUND;

    @Test
    @Tag("deep")
    @Tag("kafka")
    void the_kafka_carrier_keeps_the_contract() throws Exception {
        KafkaBroker broker = KafkaBroker.running();
        try (KafkaCarrier carrier =
                        KafkaCarrier.to(broker.config(), "contract").slot(0).open();
                KafkaContractReceiver receiver = new KafkaContractReceiver(broker)) {
            List<CarrierFinding> findings = new CarrierContract(carrier, receiver, Duration.ofSeconds(12)).check();
            assertThat(findings)
                    .allSatisfy(finding ->
                            assertThat(finding.verdict()).as(finding.toString()).isEqualTo(Verdict.KEPT));
            assertThat(findings).extracting(CarrierFinding::promise).containsExactly(CarrierPromise.values());
        } finally {
            broker.thaw();
        }
    }

    @Test
    void a_record_has_the_ordering_key_and_the_messages_metadata() throws Exception {
        KafkaBroker broker = KafkaBroker.running();
        broker.createTopic("keys", 3);
        OutgoingMessage message = new OutgoingMessage(
                "m-1", 1, "order-7", "kafka", "keys", "", Map.of("tenant", "a"), new byte[] {1}, 0, Instant.now());
        try (KafkaCarrier carrier = open(broker, "keys")) {
            assertThat(carrier.deliver(message, WITHIN).get()).isEqualTo(new Delivery.Delivered());
        }
        assertThat(CommittedRecords.of(broker, "keys")).singleElement().satisfies(record -> {
            assertThat(record.key()).isEqualTo("order-7".getBytes(StandardCharsets.UTF_8));
            assertThat(CommittedRecords.id(record)).isEqualTo("m-1");
            assertThat(CommittedRecords.header(record, "entente-gid")).isEqualTo("m-1");
            assertThat(CommittedRecords.header(record, "entente-attempt")).isEqualTo("1");
            assertThat(CommittedRecords.header(record, "traceparent")).startsWith("00-");
            assertThat(CommittedRecords.header(record, "tenant")).isEqualTo("a");
        });
    }

    @Test
    void a_too_large_message_is_refused_and_the_other_messages_arrive_once() throws Exception {
        KafkaBroker broker = KafkaBroker.running();
        broker.createTopic("small", 2, Map.of("max.message.bytes", "20000"));
        List<CompletableFuture<Delivery>> attempts = new ArrayList<>();
        try (KafkaCarrier carrier = open(broker, "small")) {
            for (int i = 0; i < 100; i++) {
                attempts.add(carrier.deliver(message("small", "m-" + i, i % 50 == 33 ? 50_000 : 100), WITHIN));
            }
            for (int i = 0; i < attempts.size(); i++) {
                Delivery delivery = attempts.get(i).get();
                if (i % 50 == 33) {
                    assertThat(delivery).isInstanceOf(Delivery.Refused.class);
                } else {
                    assertThat(delivery).isEqualTo(new Delivery.Delivered());
                }
            }
        }
        assertThat(CommittedRecords.of(broker, "small"))
                .extracting(CommittedRecords::id)
                .hasSize(98)
                .doesNotHaveDuplicates();
    }

    @Test
    void a_refused_message_does_not_affect_other_messages_of_its_transaction() throws Exception {
        KafkaBroker broker = KafkaBroker.running();
        broker.createTopic("narrow", 1, Map.of("max.message.bytes", "20000"));
        Map<String, Object> config = new HashMap<>(broker.config());
        config.put(ProducerConfig.BUFFER_MEMORY_CONFIG, 70_000); // each message waits for confirmed earlier ones
        List<CompletableFuture<Delivery>> attempts = new ArrayList<>();
        try (KafkaCarrier carrier = KafkaCarrier.to(config, "narrow")
                .timeout(Duration.ofMinutes(1))
                .slot(0)
                .open()) {
            for (int i = 0; i < 20; i++) {
                attempts.add(carrier.deliver(message("narrow", "m-" + i, i == 5 ? 50_000 : 15_000), WITHIN));
            }
            for (int i = 0; i < attempts.size(); i++) {
                assertThat(attempts.get(i).get())
                        .isInstanceOf(i == 5 ? Delivery.Refused.class : Delivery.Delivered.class);
            }
        }
    }

    @Test
    void a_message_is_delivered_after_its_topic_is_created() throws Exception {
        KafkaBroker broker = KafkaBroker.running();
        DataSource database = TestDatabase.schema("later");
        Outbox outbox = Outbox.postgres();
        outbox.createTables(database);
        try (KafkaCarrier carrier = open(broker, "later");
                OutboxRelay relay =
                        OutboxRelay.from(database).carrier("kafka", carrier).start()) {
            try (Connection connection = database.getConnection()) {
                connection.setAutoCommit(false);
                outbox.enqueue(connection, OutboxMessage.toKafka("later", new byte[1]));
                connection.commit();
            }
            await().until(() -> relay.retries() > 0);
            broker.createTopic("later", 1);
            await().until(() -> TestDatabase.number(database, "select count(*) from entente_outbox_sent") == 1);
        }
        assertThat(CommittedRecords.of(broker, "later")).hasSize(1);
    }

    @Test
    void a_failing_topic_does_not_affect_messages_of_another_topic() throws Exception {
        KafkaBroker broker = KafkaBroker.running();
        broker.createTopic("healthy", 1);
        broker.createTopic("failing", 1, Map.of("cleanup.policy", "compact"));
        try (KafkaCarrier carrier = open(broker, "others")) {
            List<CompletableFuture<Delivery>> failing = new ArrayList<>();
            List<CompletableFuture<Delivery>> healthy = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                failing.add(carrier.deliver(message("failing", "h-" + i, 100), WITHIN));
                healthy.add(carrier.deliver(message("healthy", "m-" + i, 100), WITHIN));
            }
            for (int i = 0; i < 20; i++) {
                assertThat(healthy.get(i).get()).isEqualTo(new Delivery.Delivered());
                assertThat(failing.get(i).get()).isInstanceOf(Delivery.Unanswered.class);
            }
        }
    }

    @Test
    void an_old_producer_is_fenced_by_the_next_producer_of_its_slot() throws Exception {
        KafkaBroker broker = KafkaBroker.running();
        broker.createTopic("fenced", 1);
        try (KafkaCarrier first = open(broker, "fenced");
                KafkaCarrier second = open(broker, "fenced")) {
            assertThat(first.deliver(message("fenced", "m-1", 100), WITHIN).get())
                    .isEqualTo(new Delivery.Delivered());
            assertThat(second.deliver(message("fenced", "m-2", 100), WITHIN).get())
                    .isEqualTo(new Delivery.Delivered());
            assertThat(first.deliver(message("fenced", "m-3", 100), WITHIN).get())
                    .isInstanceOf(Delivery.Unanswered.class);
        }
        assertThat(CommittedRecords.of(broker, "fenced"))
                .extracting(CommittedRecords::id)
                .containsExactly("m-1", "m-2");
    }

    @Test
    void invalid_names_and_missing_slots_are_refused() {
        assertThatThrownBy(() -> OutboxMessage.toKafka("no topic", new byte[0]))
                .hasMessageContaining("is not a valid Kafka topic");
        assertThatThrownBy(() -> KafkaCarrier.to(Map.of(), "a b")).hasMessageContaining("is not a valid prefix");
        assertThatThrownBy(() -> KafkaCarrier.to(Map.of(), "a").slot(1000)).hasMessageContaining("0 to 999");
        assertThatThrownBy(() -> KafkaCarrier.to(Map.of("bootstrap.servers", "127.0.0.1:1"), "a")
                        .open())
                .hasMessageContaining("slots(dataSource, 16)");
    }

    /** Opens a carrier with a long timeout: a late response of a busy broker still counts. */
    private static KafkaCarrier open(KafkaBroker broker, String prefix) {
        return KafkaCarrier.to(broker.config(), prefix)
                .timeout(Duration.ofMinutes(1))
                .slot(0)
                .open();
    }

    private static OutgoingMessage message(String topic, String id, int payloadBytes) {
        return new OutgoingMessage(id, 1, null, "kafka", topic, "", Map.of(), new byte[payloadBytes], 0, Instant.now());
    }
}
