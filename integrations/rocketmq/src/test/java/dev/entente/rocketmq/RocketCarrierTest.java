package dev.entente.rocketmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PatientAwaits;
import dev.entente.backends.RocketBroker;
import dev.entente.client.Retry;
import dev.entente.outbox.Delivery;
import dev.entente.outbox.Outbox;
import dev.entente.outbox.OutboxMessage;
import dev.entente.outbox.OutboxRelay;
import dev.entente.outbox.OutgoingMessage;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.MessageExt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** Tests that each key of the outbox uses one queue and that a killed broker loses no message. */
class RocketCarrierTest {
    private static final Duration WITHIN = PatientAwaits.BOUND;
    private static final int KEYS = 20;
    private static final int PER_KEY = 10;

    private final Outbox outbox = Outbox.postgres();

    @Test
    void a_message_has_the_ordering_key_the_tag_and_the_metadata() throws Exception {
        RocketBroker broker = RocketBroker.running();
        broker.createTopic("plain", 4);
        Map<String, String> headers = Map.of("tenant", "a", "empty", "");
        try (RocketCarrier carrier = RocketCarrier.open(broker.nameServer(), "plain");
                SeenMessages seen = new SeenMessages(broker, "plain")) {
            assertThat(carrier.deliver(message("plain", "m-1", headers, 1), WITHIN)
                            .get())
                    .isEqualTo(new Delivery.Delivered());
            await().until(() -> !seen.all().isEmpty());
            MessageExt sent = seen.all().get(0);
            assertThat(sent.getUserProperty("idempotency-key")).isEqualTo("m-1");
            assertThat(sent.getUserProperty("entente-gid")).isEqualTo("m-1");
            assertThat(sent.getUserProperty("entente-key")).isEqualTo("order-7");
            assertThat(sent.getUserProperty("entente-attempt")).isEqualTo("1");
            assertThat(sent.getUserProperty("traceparent")).startsWith("00-");
            assertThat(sent.getUserProperty("tenant")).isEqualTo("a");
            assertThat(sent.getTags()).isEqualTo("placed");
            assertThat(sent.getKeys()).isEqualTo("m-1");
        }
    }

    @Test
    @Tag("deep")
    @Tag("rocketmq")
    void an_unsendable_message_is_refused_and_an_unknown_topic_is_retried() throws Exception {
        RocketBroker broker = RocketBroker.running();
        broker.createTopic("bounds", 1);
        DefaultMQProducer small = new DefaultMQProducer("bounds");
        small.setNamesrvAddr(broker.nameServer());
        small.setMaxMessageSize(1000);
        try (RocketCarrier carrier = RocketCarrier.open(small)) {
            assertThat(carrier.deliver(message("bounds", "m-1", Map.of(), 2000), WITHIN)
                            .get())
                    .isInstanceOf(Delivery.Refused.class);
            assertThat(carrier.deliver(message("nowhere", "m-2", Map.of(), 1), WITHIN)
                            .get())
                    .isInstanceOf(Delivery.Unanswered.class);
            assertThatThrownBy(() -> carrier.deliver(message("no topic", "m-3", Map.of(), 1), WITHIN))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> RocketMessage.to("a b", new byte[0]))
                .hasMessageContaining("is not a valid RocketMQ topic");
        assertThatThrownBy(() -> RocketMessage.to("a", new byte[0]).header("entente-gid", "x"))
                .hasMessageContaining("taken");
    }

    @Test
    @Tag("deep")
    @Tag("rocketmq")
    void a_killed_broker_loses_no_message_of_the_outbox() throws Exception {
        RocketBroker broker = RocketBroker.running();
        broker.createTopic("crash", 4);
        PGSimpleDataSource database = TestDatabase.schema("crash");
        outbox.createTables(database);
        DefaultMQProducer producer = new DefaultMQProducer("crash");
        producer.setNamesrvAddr(broker.nameServer());
        RocketTransactionsTest.pollOften(producer);
        try (SeenMessages seen = new SeenMessages(broker, "crash");
                RocketCarrier carrier = RocketCarrier.open(producer);
                OutboxRelay relay = OutboxRelay.from(database)
                        .carrier("rocketmq", carrier)
                        .poll(Duration.ofMillis(200))
                        .retry(Retry.exponential(Duration.ofMillis(100), Duration.ofMillis(500), Integer.MAX_VALUE))
                        .start()) {
            enqueue(database, 0, PER_KEY / 2);
            relay.wake();
            await().until(() -> sent(database) >= KEYS);
            broker.kill();
            enqueue(database, PER_KEY / 2, PER_KEY);
            broker.start();
            await().until(() -> sent(database) == KEYS * PER_KEY);
            await().until(() -> seen.ids().size() == KEYS * PER_KEY);
            assertOneQueueForEachKey(seen);
        } finally {
            broker.start();
        }
    }

    private static void assertOneQueueForEachKey(SeenMessages seen) {
        Map<String, Integer> queues = new HashMap<>();
        for (MessageExt message : seen.all()) {
            Integer before = queues.putIfAbsent(message.getUserProperty("entente-key"), message.getQueueId());
            assertThat(before).isIn(null, message.getQueueId());
        }
        assertThat(queues).hasSize(KEYS);
    }

    private static long sent(PGSimpleDataSource database) throws SQLException {
        return TestDatabase.number(database, "select count(*) from entente_outbox_sent");
    }

    private void enqueue(PGSimpleDataSource database, int from, int to) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            for (int number = from; number < to; number++) {
                for (int key = 0; key < KEYS; key++) {
                    byte[] payload = ByteBuffer.allocate(64).putInt(number).array();
                    outbox.enqueue(
                            connection,
                            OutboxMessage.through("rocketmq", "crash", "", payload)
                                    .key("key-" + key)
                                    .id("m-" + key + "-" + number));
                }
            }
            connection.commit();
        }
    }

    private static OutgoingMessage message(String topic, String id, Map<String, String> headers, int bytes) {
        return new OutgoingMessage(
                id, 1, "order-7", "rocketmq", topic, "placed", headers, new byte[bytes], 0, Instant.now());
    }
}
