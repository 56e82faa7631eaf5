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

/** All records of a topic that a consumer gets which reads committed ones only. For one thread. */
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

    /** Those of a topic that nobody writes to any more. */
    public static List<ConsumerRecord<byte[], byte[]>> of(KafkaBroker broker, String topic) {
        try (CommittedRecords records = new CommittedRecords(broker, topic)) {
            return records.all();
        }
    }

    /** Reads on to the end that the topic has now; an open transaction before it is waited for. */
    public List<ConsumerRecord<byte[], byte[]>> all() {
        Map<TopicPartition, Long> ends = uncommitted.endOffsets(partitions);
        long until = System.nanoTime() + Backend.LONGEST.toNanos();
        while (partitions.stream()
                .anyMatch(partition -> committed.position(partition) < ends.getOrDefault(partition, 0L))) {
            committed.poll(Duration.ofMillis(200)).forEach(all::add);
            if (System.nanoTime() - until > 0) {
                throw new AssertionError("an open transaction holds up " + partitions);
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
