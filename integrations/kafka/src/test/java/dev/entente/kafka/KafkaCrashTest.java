package dev.entente.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.CommittedRecords;
import dev.entente.backends.KafkaBroker;
import dev.entente.outbox.Inbox;
import dev.entente.outbox.Outbox;
import dev.entente.outbox.OutboxMessage;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** Tests that no message is lost and each effect happens once when relays and the broker are killed. */
@Tag("deep")
@Tag("kafka")
class KafkaCrashTest {
    private static final int KEYS = 40;
    private static final int PER_KEY = 20;
    private static final String TOPIC = "crash";

    private final Outbox outbox = Outbox.postgres();

    @Test
    void killed_relays_and_brokers_lose_no_message_and_effects_happen_once() throws Exception {
        KafkaBroker broker = KafkaBroker.running();
        broker.createTopic(TOPIC, 3);
        broker.createTopic(TOPIC + "-dead", 1);
        PGSimpleDataSource database = TestDatabase.schema("crash");
        outbox.createTables(database);
        KafkaCarrier.createTable(database);
        Inbox.postgres().createTable(database);
        TestDatabase.run(database, "create table effect (ordering text, number int, primary key (ordering, number))");
        String brokers = String.valueOf(broker.config().get(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG));
        List<Process> relays = new ArrayList<>();
        Map<String, Object> group = broker.config(CommonClientConfigs.GROUP_ID_CONFIG, "effects");
        try (KafkaInbox inbox = KafkaInbox.of(group, database)
                .topics(TOPIC)
                .deadLetters(TOPIC + "-dead")
                .start(KafkaCrashTest::effect)) {
            relays.add(KafkaRelayProcess.start(database.getUrl(), brokers));
            relays.add(KafkaRelayProcess.start(database.getUrl(), brokers));
            enqueue(database, 0, PER_KEY / 2);
            awaitSent(database, KEYS * PER_KEY / 10);
            relays.get(0).destroyForcibly();
            relays.add(KafkaRelayProcess.start(database.getUrl(), brokers));
            awaitSent(database, KEYS * PER_KEY / 4);
            broker.kill();
            enqueue(database, PER_KEY / 2, PER_KEY);
            broker.start();
            awaitSent(database, 7 * KEYS * PER_KEY / 10);
            relays.get(1).destroyForcibly();
            await().until(() -> TestDatabase.number(database, "select count(*) from entente_outbox") == 0);
            await().until(() -> TestDatabase.number(database, "select count(*) from effect") == KEYS * PER_KEY);
            assertThat(inbox.deadLettered()).isZero();
        } finally {
            relays.forEach(Process::destroyForcibly);
            broker.start();
        }
        assertComplete(CommittedRecords.of(broker, TOPIC));
    }

    /** Checks that all records exist in the order of their keys, and that records with equal ids have equal content. */
    private static void assertComplete(List<ConsumerRecord<byte[], byte[]>> records) {
        Map<String, byte[]> byId = new HashMap<>();
        Map<String, Integer> lastOfKey = new HashMap<>();
        Set<Integer> numbers = new HashSet<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            byte[] before = byId.putIfAbsent(CommittedRecords.id(record), record.value());
            if (before != null) {
                assertThat(Arrays.equals(before, record.value())).isTrue();
                continue;
            }
            String key = new String(record.key(), StandardCharsets.UTF_8);
            int number = ByteBuffer.wrap(record.value()).getInt();
            assertThat(lastOfKey.getOrDefault(key, -1)).as(key).isEqualTo(number - 1);
            lastOfKey.put(key, number);
            numbers.add(number);
        }
        assertThat(byId).hasSize(KEYS * PER_KEY);
        assertThat(lastOfKey).hasSize(KEYS);
        assertThat(numbers).hasSize(PER_KEY);
    }

    private static void effect(Connection connection, ConsumerRecord<byte[], byte[]> record) throws SQLException {
        try (PreparedStatement insert = connection.prepareStatement("insert into effect values (?, ?)")) {
            insert.setString(1, new String(record.key(), StandardCharsets.UTF_8));
            insert.setInt(2, ByteBuffer.wrap(record.value()).getInt());
            insert.executeUpdate();
        }
    }

    private void enqueue(PGSimpleDataSource database, int from, int to) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            for (int number = from; number < to; number++) {
                for (int key = 0; key < KEYS; key++) {
                    byte[] payload = ByteBuffer.allocate(64).putInt(number).array();
                    outbox.enqueue(
                            connection,
                            OutboxMessage.toKafka(TOPIC, payload)
                                    .key("key-" + key)
                                    .id("m-" + key + "-" + number));
                }
                connection.commit();
            }
        }
    }

    private static void awaitSent(PGSimpleDataSource database, int atLeast) {
        await().until(() -> TestDatabase.number(database, "select count(*) from entente_outbox_sent") >= atLeast);
    }
}
