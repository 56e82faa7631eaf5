package dev.entente.kafka;

import dev.entente.kafka.RecordProcessor.DatabaseFailure;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RebalanceInProgressException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop that polls, processes records in order and commits offsets, on one thread. It reopens a failed consumer. An
 * offset is committed after the record's transaction; after a crash in between, the record is delivered again, and
 * recognized.
 */
final class InboxLoop implements Runnable {
    private static final Logger LOG = LoggerFactory.getLogger(InboxLoop.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final Duration LONGEST_COMMIT = Duration.ofSeconds(5);
    /** The limit of a round, because the group requires regular polls. Later records of the poll are fetched again. */
    private static final long LONGEST_ROUND_NANOS = 30_000_000_000L;

    private static final long LONGEST_REST_MILLIS = 5000;

    private final Map<String, Object> config;
    private final List<String> topics;
    private final RecordProcessor taker;
    private final DeadLetters deadLetters;
    private final PartitionBackoff backoff;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Map<TopicPartition, OffsetAndMetadata> taken = new HashMap<>();
    private volatile InboxCounts counts = InboxCounts.NONE;
    private boolean isTroubled;

    InboxLoop(
            Map<String, Object> config,
            List<String> topics,
            RecordProcessor taker,
            DeadLetters deadLetters,
            PartitionBackoff backoff) {
        this.config = Map.copyOf(config);
        this.topics = List.copyOf(topics);
        this.taker = taker;
        this.deadLetters = deadLetters;
        this.backoff = backoff;
    }

    InboxCounts counts() {
        return counts;
    }

    /** Makes the thread end after its current record. */
    void close() {
        closing.countDown();
    }

    @Override
    public void run() {
        while (!isClosing()) {
            try (Consumer<byte[], byte[]> consumer =
                    new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
                consumer.subscribe(topics, new Rebalance(consumer));
                rounds(consumer);
            } catch (InterruptedException interrupted) {
                break;
            } catch (RuntimeException | Error broken) { // uncommitted records are repeated after any failure
                if (!restAfter(broken)) {
                    break;
                }
            }
        }
        deadLetters.close();
    }

    private void rounds(Consumer<byte[], byte[]> consumer) throws InterruptedException {
        while (!isClosing()) {
            consumer.resume(backoff.rested().stream()
                    .filter(consumer.assignment()::contains)
                    .toList());
            ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
            long startedNanos = System.nanoTime();
            for (TopicPartition partition : records.partitions()) {
                takeAll(consumer, partition, records.records(partition), startedNanos);
            }
            commit(consumer);
            isTroubled = false;
        }
    }

    /** Processes a partition's records until one fails or the round ends; the rest is fetched again. */
    private void takeAll(
            Consumer<byte[], byte[]> consumer,
            TopicPartition partition,
            List<ConsumerRecord<byte[], byte[]>> records,
            long startedNanos)
            throws InterruptedException {
        for (ConsumerRecord<byte[], byte[]> record : records) {
            boolean isOver = isClosing() || System.nanoTime() - startedNanos > LONGEST_ROUND_NANOS;
            if (isOver || !take(partition, record)) {
                consumer.seek(partition, record.offset());
                if (backoff.isResting(partition)) {
                    consumer.pause(List.of(partition));
                }
                return;
            }
            taken.put(partition, new OffsetAndMetadata(record.offset() + 1));
        }
    }

    /** Returns whether the record is finished: processed, known, or given up. */
    private boolean take(TopicPartition partition, ConsumerRecord<byte[], byte[]> record) throws InterruptedException {
        try {
            counts = counts.plusTaken(taker.take(record));
            backoff.passed(partition);
            return true;
        } catch (DatabaseFailure away) {
            return failed(partition, record, away, false);
        } catch (Throwable poison) { // a handler may throw anything; attempts are limited, and no record is lost
            return failed(partition, record, poison, true);
        }
    }

    private boolean failed(
            TopicPartition partition, ConsumerRecord<byte[], byte[]> record, Throwable failure, boolean isOwn)
            throws InterruptedException {
        counts = counts.plusFailed();
        backoff.failed(partition, record.offset(), isOwn);
        if (!backoff.isGivenUp(partition, record.offset())) {
            LOG.debug("record {} was not taken and is tried again", RecordProcessor.id(record), failure);
            if (!isOwn) {
                troubled("the database does not accept records", failure);
            }
            return false;
        }
        try {
            deadLetters.send(record, failure.toString());
        } catch (IllegalStateException | KafkaException notNow) {
            deadLetters.close();
            troubled("a record is given up, and cannot be sent to the dead letters", notNow);
            return false;
        }
        LOG.warn(
                "record {} of {} at offset {} is given up and sent to '{}': {}",
                RecordProcessor.id(record),
                partition,
                record.offset(),
                deadLetters.topic(),
                failure.toString());
        counts = counts.plusDeadLettered();
        backoff.passed(partition);
        return true;
    }

    /** Commits offsets. After a rebalance another consumer gets the records again, and knows them. */
    private void commit(Consumer<byte[], byte[]> consumer) {
        if (taken.isEmpty()) {
            return;
        }
        try {
            consumer.commitSync(Map.copyOf(taken), LONGEST_COMMIT);
        } catch (CommitFailedException | RebalanceInProgressException | TimeoutException moved) {
            LOG.debug("offsets were not committed", moved);
            return;
        }
        taken.clear();
    }

    private boolean isClosing() {
        return closing.getCount() == 0;
    }

    private void troubled(String what, Throwable failure) {
        if (!isTroubled) {
            LOG.warn("{}, retrying: {}", what, failure.getMessage());
        }
        isTroubled = true;
    }

    /** Returns whether to go on. */
    private boolean restAfter(Throwable broken) {
        troubled("the consumer failed", broken);
        LOG.debug("the consumer failed", broken);
        taken.clear();
        try {
            long rest = ThreadLocalRandom.current().nextLong(LONGEST_REST_MILLIS);
            return !closing.await(rest, TimeUnit.MILLISECONDS);
        } catch (InterruptedException interrupted) {
            return false;
        }
    }

    /** Commits before partitions are revoked, and removes their state. */
    private final class Rebalance implements ConsumerRebalanceListener {
        private final Consumer<byte[], byte[]> consumer;

        Rebalance(Consumer<byte[], byte[]> consumer) {
            this.consumer = consumer;
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            commit(consumer);
            onPartitionsLost(partitions);
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            partitions.forEach(taken::remove);
            backoff.forget(partitions);
        }
    }
}
