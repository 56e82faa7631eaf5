package dev.entente.backends;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** All records of a topic that a consumer with isolation level read_committed receives. For one thread. */
public final class CommittedRecords implements AutoCloseable {
    private final KafkaConsumer<byte[], byte[]> committed;
    private final KafkaConsumer<byte[], byte[]> uncommitted;
    private final List<TopicPartition> partitions;
    private final List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();

    public CommittedRecords(KafkaBroker broker, String topic) {
        committed = new KafkaConsumer<>(
                broker.config(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed"),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
        uncommitted = new KafkaConsumer<>(broker.config(), new ByteArrayDeserializer(), new ByteArrayDeserializer());
        partitions = committed.partitionsFor(topic).stream()
                .map(partition -> new TopicPartition(topic, partition.partition()))
                .toList();
        committed.assign(partitions);
        committed.seekToBeginning(partitions);
    }

    /** Returns the committed records of a topic that has no active producer any more. */
    public static List<ConsumerRecord<byte[], byte[]>> of(KafkaBroker broker, String topic) {
        try (CommittedRecords records = new CommittedRecords(broker, topic)) {
            return records.all();
        }
    }

    /** Reads up to the current end of the topic. Waits for an open transaction before that end. */
    public List<ConsumerRecord<byte[], byte[]>> all() {
        Map<TopicPartition, Long> ends = uncommitted.endOffsets(partitions);
        long until = System.nanoTime() + Backend.LONGEST.toNanos();
        while (partitions.stream()
                .anyMatch(partition -> committed.position(partition) < ends.getOrDefault(partition, 0L))) {
            committed.poll(Duration.ofMillis(200)).forEach(all::add);
            if (System.nanoTime() - until > 0) {
                throw new AssertionError("an open transaction blocks " + partitions);
            }
        }
        return List.copyOf(all);
    }

    public static String header(ConsumerRecord<?, ?> record, String name) {
        return new String(record.headers().lastHeader(name).value(), StandardCharsets.UTF_8);
    }

    public static String id(ConsumerRecord<?, ?> record) {
        return header(record, "idempotency-key");
    }

    @Override
    public void close() {
        committed.close();
        uncommitted.close();
    }
}
