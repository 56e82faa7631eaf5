package dev.entente.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.CommittedRecords;
import dev.entente.backends.KafkaBroker;
import dev.entente.jdbc.Dialect;
import dev.entente.outbox.Inbox;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Tests that each record has its effect once and that a bad record does not block other records. */
class KafkaInboxTest {
    @ParameterizedTest
    @EnumSource(Dialect.class)
    void a_repeated_record_has_its_effect_once(Dialect dialect) throws Exception {
        Fixture fixture = new Fixture(dialect, "inbox_again_" + dialect.name().toLowerCase(Locale.ROOT));
        fixture.send(0, "m-1", "1");
        fixture.send(0, "m-1", "1");
        fixture.send(1, "", "2");
        try (KafkaInbox first = fixture.start(Fixture::effect)) {
            await().until(() -> first.taken() == 2 && first.repeated() == 1);
        }
        fixture.resetOffsets();
        try (KafkaInbox second = fixture.start(Fixture::effect)) {
            await().until(() -> second.repeated() == 3);
            assertThat(second.taken()).isZero();
        }
        assertThat(fixture.effects()).isEqualTo(2);
    }

    @Test
    void binary_ids_are_distinguished() throws Exception {
        Fixture fixture = new Fixture("inbox_bytes");
        for (int last : new int[] {0x80, 0x81, 0x81}) {
            byte[] id = {'m', (byte) last};
            fixture.send(fixture.topic, 0, id, "none", new byte[] {'1'});
        }
        try (KafkaInbox inbox = fixture.start(Fixture::effect)) {
            await().until(() -> inbox.taken() + inbox.repeated() == 3);
            assertThat(inbox.repeated()).isEqualTo(1);
        }
    }

    @Test
    void records_of_two_topics_with_equal_ids_are_both_taken() throws Exception {
        Fixture fixture = new Fixture("inbox_sources");
        String other = fixture.topic + "_payments";
        fixture.broker.createTopic(other, 1);
        fixture.send(0, "4711", "1");
        fixture.send(other, 0, "4711", "none", "2".getBytes(StandardCharsets.UTF_8));
        fixture.send(other, 0, "4711", "none", "2".getBytes(StandardCharsets.UTF_8));
        try (KafkaInbox inbox =
                fixture.builder(fixture.database).topics(fixture.topic, other).start(Fixture::effect)) {
            await().until(() -> inbox.taken() + inbox.repeated() == 3);
            assertThat(inbox.repeated()).isEqualTo(1);
        }
        assertThat(fixture.effects()).isEqualTo(2);
    }

    @Test
    void a_too_large_dead_letter_does_not_block_its_partition() throws Exception {
        Fixture fixture = new Fixture("inbox_large");
        byte[] dense = new byte[1_048_480]; // the broker's limit, minus 108 bytes
        new Random(7).nextBytes(dense);
        byte[] zipped = ("[" + "\"x\",".repeat(800_000) + "1]").getBytes(StandardCharsets.UTF_8);
        fixture.send(fixture.topic, 0, "", "none", dense);
        fixture.send(fixture.topic, 0, "zipped", "gzip", zipped);
        fixture.send(0, "m-1", "1");
        try (KafkaInbox inbox = fixture.start(Fixture::effect)) {
            await().until(() -> inbox.taken() == 1);
            assertThat(inbox.deadLettered()).isEqualTo(2);
        }
        List<ConsumerRecord<byte[], byte[]>> dead = CommittedRecords.of(fixture.broker, fixture.deadLetters);
        assertThat(dead).hasSize(2);
        assertThat(dead.get(0).value()).isEmpty();
        assertThat(CommittedRecords.header(dead.get(0), DeadLetters.FROM)).isEqualTo(fixture.topic + "/0/0");
        assertThat(CommittedRecords.header(dead.get(0), DeadLetters.ERROR)).contains("NumberFormatException");
        assertThat(CommittedRecords.header(dead.get(0), DeadLetters.LEFT_OUT)).contains("1048480 bytes");
        assertThat(CommittedRecords.id(dead.get(1))).isEqualTo("zipped");
        assertThat(dead.get(1).value()).isEqualTo(zipped);
    }

    @Test
    void a_record_without_a_key_reaches_a_compacted_dead_letter_topic() throws Exception {
        Fixture fixture = new Fixture("inbox_compacted");
        String compacted = fixture.topic + "_compacted";
        fixture.broker.createTopic(compacted, 1, Map.of("cleanup.policy", "compact"));
        fixture.send(0, "poison", "none");
        fixture.send(0, "m-1", "1");
        try (KafkaInbox inbox =
                fixture.builder(fixture.database).deadLetters(compacted).start(Fixture::effect)) {
            await().until(() -> inbox.taken() == 1 && inbox.deadLettered() == 1);
        }
        assertThat(CommittedRecords.of(fixture.broker, compacted))
                .singleElement()
                .satisfies(record -> assertThat(CommittedRecords.header(record, DeadLetters.FROM))
                        .isEqualTo(fixture.topic + "/0/0"));
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void records_wait_while_the_database_refuses_writes(Dialect dialect) throws Exception {
        Fixture fixture = new Fixture(dialect, "inbox_locked_" + dialect.name().toLowerCase(Locale.ROOT));
        DataSource user = TestDatabase.user(dialect, fixture.topic);
        fixture.send(0, "m-1", "1");
        fixture.send(1, "m-2", "2");
        TestDatabase.takesWrites(dialect, fixture.topic, false);
        try (KafkaInbox inbox = fixture.builder(user).start(Fixture::effect)) {
            await().until(() -> inbox.failed() >= 4);
            TestDatabase.takesWrites(dialect, fixture.topic, true);
            await().until(() -> inbox.taken() + inbox.deadLettered() == 2);
            assertThat(inbox.deadLettered()).isZero();
        } finally {
            TestDatabase.takesWrites(dialect, fixture.topic, true);
        }
    }

    @Test
    void a_missing_privilege_on_the_inbox_sends_no_record_to_the_dead_letters() throws Exception {
        Fixture fixture = new Fixture(Dialect.MARIADB, "inbox_right");
        DataSource user = TestDatabase.user(Dialect.MARIADB, fixture.topic);
        TestDatabase.run(fixture.database, "revoke insert on inbox_right.* from inbox_right");
        fixture.send(0, "m-1", "1");
        try (KafkaInbox inbox = fixture.builder(user).start(Fixture::effect)) {
            await().until(() -> inbox.failed() > 2);
            assertThat(inbox.deadLettered()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"08006", "25006", "40001", "53100", "55P03", "57P03", "58030", "XX000"})
    void sql_states_of_a_database_failure_are_not_attributed_to_the_record(String state) {
        SQLException failure = new SQLException("as PostgreSQL says it", state);
        assertThat(RecordProcessor.isDatabases(failure)).isTrue();
        assertThat(RecordProcessor.isDatabases(new IllegalStateException("a library's", failure)))
                .isTrue();
        assertThat(RecordProcessor.isDatabases(new SQLException("behind it", "25P02", failure)))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {1021, 1205, 1290, 1792, 1836})
    void mariadb_codes_of_a_database_failure_are_not_attributed_to_the_record(int code) {
        assertThat(RecordProcessor.isDatabases(new SQLException("as MariaDB says it", "HY000", code)))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"22001", "23505", "23503", "42601", "57014", "25P02"})
    void sql_states_of_a_failed_statement_are_attributed_to_the_record(String state) {
        assertThat(RecordProcessor.isDatabases(new SQLException("as PostgreSQL says it", state)))
                .isFalse();
    }

    @Test
    void the_next_consumer_continues_after_the_committed_offsets() throws Exception {
        Fixture fixture = new Fixture("inbox_offsets");
        fixture.send(0, "m-1", "1");
        try (KafkaInbox first = fixture.start(Fixture::effect)) {
            await().until(() -> first.taken() == 1);
        }
        fixture.send(0, "m-2", "2");
        try (KafkaInbox second = fixture.start(Fixture::effect)) {
            await().until(() -> second.taken() == 1);
            assertThat(second.repeated()).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(Dialect.class)
    void an_inbox_detects_its_database_type(Dialect dialect) throws Exception {
        Fixture fixture = new Fixture(dialect, "inbox_own_" + dialect.name().toLowerCase(Locale.ROOT));
        fixture.send(0, "m-1", "1");
        Map<String, Object> group = fixture.broker.config(CommonClientConfigs.GROUP_ID_CONFIG, fixture.topic);
        try (KafkaInbox own = KafkaInbox.of(group, fixture.database)
                .topics(fixture.topic)
                .deadLetters(fixture.deadLetters)
                .start(Fixture::effect)) {
            await().until(() -> own.taken() == 1);
        }
        assertThat(fixture.effects()).isEqualTo(1);
    }

    @Test
    void a_poison_record_goes_to_the_dead_letters_and_other_records_are_taken() throws Exception {
        Fixture fixture = new Fixture("inbox_poison");
        fixture.send(0, "m-1", "1");
        fixture.send(0, "poison", "none");
        fixture.send(0, "m-2", "2");
        fixture.send(1, "m-3", "3");
        try (KafkaInbox inbox = fixture.start(Fixture::effect)) {
            await().until(() -> inbox.taken() == 3 && inbox.deadLettered() == 1);
            assertThat(inbox.failed()).isEqualTo(2);
        }
        assertThat(fixture.effects()).isEqualTo(3);
        assertThat(CommittedRecords.of(fixture.broker, fixture.deadLetters))
                .singleElement()
                .satisfies(record -> {
                    assertThat(CommittedRecords.id(record)).isEqualTo("poison");
                    assertThat(record.value()).isEqualTo("none".getBytes(StandardCharsets.UTF_8));
                    assertThat(CommittedRecords.header(record, DeadLetters.FROM))
                            .isEqualTo(fixture.topic + "/0/1");
                    assertThat(CommittedRecords.header(record, DeadLetters.ERROR))
                            .contains("NumberFormatException");
                });
    }

    @Test
    void records_wait_while_the_database_fails_and_none_is_dead_lettered() throws Exception {
        Fixture fixture = new Fixture("inbox_away");
        AtomicInteger failures = new AtomicInteger();
        fixture.send(0, "m-1", "1");
        try (KafkaInbox inbox = fixture.start((connection, record) -> {
            SQLException terminated = new SQLException("terminating connection due to administrator command", "57P01");
            int failure = failures.incrementAndGet();
            if (failure == 1) {
                throw terminated;
            }
            if (failure <= 3) {
                throw new IllegalStateException("as a library says it", terminated);
            }
            Fixture.effect(connection, record);
        })) {
            await().until(() -> inbox.taken() == 1);
            assertThat(inbox.failed()).isEqualTo(3);
            assertThat(inbox.deadLettered()).isZero();
        }
        assertThat(fixture.effects()).isEqualTo(1);
    }

    @Test
    void a_record_whose_statement_always_times_out_is_dead_lettered() throws Exception {
        Fixture fixture = new Fixture("inbox_slow");
        fixture.send(0, "m-1", "1");
        fixture.send(0, "m-2", "2");
        try (KafkaInbox inbox = fixture.start((connection, record) -> {
            if (record.offset() == 0) {
                throw new SQLException("canceling statement due to statement timeout", "57014");
            }
            Fixture.effect(connection, record);
        })) {
            await().until(() -> inbox.taken() == 1 && inbox.deadLettered() == 1);
        }
    }

    @Test
    void a_failed_handler_leaves_no_effect_and_succeeds_on_retry() throws Exception {
        Fixture fixture = new Fixture("inbox_once");
        AtomicInteger calls = new AtomicInteger();
        fixture.send(0, "m-1", "1");
        try (KafkaInbox inbox = fixture.start((connection, record) -> {
            Fixture.effect(connection, record);
            if (calls.incrementAndGet() == 1) {
                throw new IllegalStateException("after its effect");
            }
        })) {
            await().until(() -> inbox.taken() == 1);
        }
        assertThat(fixture.effects()).isEqualTo(1);
    }

    @Test
    void missing_settings_are_reported_at_the_start() throws Exception {
        PGSimpleDataSource database = new PGSimpleDataSource();
        assertThatThrownBy(() -> KafkaInbox.of(Map.of(), database)).hasMessageContaining("group.id");
        assertThatThrownBy(() -> KafkaInbox.of(Map.of("group.id", "g"), database)
                        .topics("orders")
                        .start((connection, record) -> {}))
                .hasMessageContaining("deadLetters");
    }

    /** A topic with two partitions, a topic for dead letters, and a table with a row for each effect. */
    private static final class Fixture {
        final KafkaBroker broker = KafkaBroker.running();
        final String topic;
        final String deadLetters;
        private final DataSource database;
        private final Inbox inbox;
        private int generation;

        Fixture(String name) throws Exception {
            this(Dialect.POSTGRES, name);
        }

        Fixture(Dialect dialect, String name) throws Exception {
            topic = name;
            deadLetters = name + "_dead";
            database = TestDatabase.schema(dialect, name);
            broker.createTopic(topic, 2);
            broker.createTopic(deadLetters, 1);
            inbox = (dialect == Dialect.POSTGRES ? Inbox.postgres() : Inbox.mariadb()).consumer(topic);
            inbox.createTable(database);
            TestDatabase.run(database, "create table effect (number int)");
        }

        KafkaInbox start(KafkaInbox.Handler handler) {
            return builder(database).start(handler);
        }

        KafkaInbox.Builder builder(DataSource with) {
            return KafkaInbox.of(broker.config(CommonClientConfigs.GROUP_ID_CONFIG, topic + generation), with)
                    .topics(topic)
                    .deadLetters(deadLetters)
                    .attempts(2)
                    .inbox(inbox);
        }

        /** Simulates a loss of the offsets: the next consumers read all records again. */
        void resetOffsets() {
            generation++;
        }

        static void effect(Connection connection, ConsumerRecord<byte[], byte[]> record) throws SQLException {
            try (PreparedStatement insert = connection.prepareStatement("insert into effect values (?)")) {
                insert.setInt(1, Integer.parseInt(new String(record.value(), StandardCharsets.UTF_8)));
                insert.executeUpdate();
            }
        }

        long effects() throws SQLException {
            return TestDatabase.number(database, "select count(*) from effect");
        }

        void send(int partition, String id, String text) throws InterruptedException, ExecutionException {
            send(topic, partition, id, "none", text.getBytes(StandardCharsets.UTF_8));
        }

        void send(String to, int partition, String id, String compression, byte[] value)
                throws InterruptedException, ExecutionException {
            send(to, partition, id.getBytes(StandardCharsets.UTF_8), compression, value);
        }

        void send(String to, int partition, byte[] id, String compression, byte[] value)
                throws InterruptedException, ExecutionException {
            ProducerRecord<byte[], byte[]> record = new ProducerRecord<>(to, partition, null, value);
            if (id.length > 0) {
                record.headers().add("idempotency-key", id);
            }
            Map<String, Object> config =
                    new HashMap<>(broker.config(ProducerConfig.COMPRESSION_TYPE_CONFIG, compression));
            config.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, 16 << 20);
            try (KafkaProducer<byte[], byte[]> producer =
                    new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
                producer.send(record).get();
            }
        }
    }
}
