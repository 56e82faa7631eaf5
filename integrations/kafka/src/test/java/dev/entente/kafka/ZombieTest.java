package dev.entente.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.CommittedRecords;
import dev.entente.backends.KafkaBroker;
import dev.entente.outbox.Delivery;
import dev.entente.outbox.OutgoingMessage;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** Tests that relays which died or lost their slot do not block consumers and do not commit. */
class ZombieTest {
    @Test
    void open_transactions_of_dead_relays_are_aborted_without_a_delivery() throws Exception {
        KafkaBroker broker = KafkaBroker.running();
        broker.createTopic("zombies", 2);
        PGSimpleDataSource database = TestDatabase.schema("zombies");
        KafkaCarrier.createTable(database);
        SlotStatements dead = new SlotStatements("zombies", "dead", Duration.ofMillis(1));
        try (KafkaProducer<byte[], byte[]> first = openTransaction(broker, 0);
                KafkaProducer<byte[], byte[]> second = openTransaction(broker, 1);
                Connection connection = database.getConnection()) {
            assertThat(first).isNotEqualTo(second);
            assertThat(dead.takeNew(connection, 0)).isTrue();
            assertThat(dead.takeNew(connection, 1)).isTrue();
            try (KafkaCarrier carrier = KafkaCarrier.to(broker.config(), "zombies")
                    .slots(database, 4)
                    .open()) {
                assertThat(carrier).isNotNull();
                assertThat(CommittedRecords.of(broker, "zombies")).isEmpty();
            }
        }
    }

    @Test
    void a_relay_that_lost_its_slot_commits_nothing() throws Exception {
        KafkaBroker broker = KafkaBroker.running();
        broker.createTopic("lost", 1);
        SendQueue queue = new SendQueue();
        Map<String, Object> config = broker.config(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, 5000);
        OutgoingMessage message =
                new OutgoingMessage("m-1", 1, null, "kafka", "lost", "", Map.of(), new byte[1], 0, Instant.now());
        Sending sending = Sending.of(message, Duration.ofSeconds(40));
        try (Admin admin = Admin.create(broker.config())) {
            ProducerLink link = new ProducerLink(config, "lost", new LostSlot());
            TransactionalSender sender = new TransactionalSender(queue, link, new KnownTopics(admin));
            Thread sendingThread = new Thread(sender, "zombie");
            sendingThread.start();
            queue.add(sending);
            Delivery delivery = sending.end().get();
            sender.close();
            sendingThread.join();
            assertThat(delivery).isInstanceOf(Delivery.Unanswered.class);
            assertThat(delivery.toString()).contains("lease of slot 0 was lost");
        }
        assertThat(CommittedRecords.of(broker, "lost")).isEmpty();
    }

    /** A slot that is held when the transaction begins and lost before the commit. */
    private static final class LostSlot implements ProducerSlot {
        private final AtomicInteger calls = new AtomicInteger();

        @Override
        public OptionalInt held() {
            return calls.getAndIncrement() == 0 ? OptionalInt.of(0) : OptionalInt.empty();
        }

        @Override
        public void close() {}
    }

    /** Opens a transaction with one stored record and a timeout much longer than the test. */
    private static KafkaProducer<byte[], byte[]> openTransaction(KafkaBroker broker, int slot) throws Exception {
        Map<String, Object> config = new HashMap<>(broker.config());
        config.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, ProducerLink.transactionalId("zombies", slot));
        config.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, 600_000);
        KafkaProducer<byte[], byte[]> producer =
                new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>("zombies", slot, null, new byte[1])).get();
        return producer;
    }
}
