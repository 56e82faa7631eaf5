package dev.entente.kafka;

import dev.entente.outbox.Inbox;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.jspecify.annotations.Nullable;

/**
 * Takes each record of topics once. The handler's work and the record's id are one transaction of the service's own
 * database, by an {@link Inbox}; the offset is committed after it.
 *
 * <pre>{@code
 * KafkaInbox points = KafkaInbox.of(Map.of("bootstrap.servers", "kafka:9092", "group.id", "points"), dataSource)
 *     .topics("orders")
 *     .deadLetters("orders-dead")
 *     .start((connection, record) -> addPoints(connection, record.value()));
 * }</pre>
 *
 * <p>Only committed records are read. A record is known by its topic and its header {@code idempotency-key}, which the
 * outbox sets; one without it by its topic, partition, offset and time. A record whose handler fails is tried again, after a random,
 * growing wait in which its partition rests and others go on; after five attempts it goes to the dead letters' topic.
 * While the database fails, records wait and none of them is given up.
 *
 * <p>Any number of these share a group. Thread-safe.
 */
public final class KafkaInbox implements AutoCloseable {
    private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9._-]{1,249}");
    private static final Duration LONGEST_CLOSE = Duration.ofSeconds(30);

    private final InboxLoop loop;
    private final Thread running;

    /** The work that a record causes. */
    @FunctionalInterface
    public interface Handler {
        /**
         * Does it on this connection, neither committing nor rolling it back. It takes less than the consumer's {@code
         * max.poll.interval.ms}, of which there are five minutes unless set.
         *
         * @param connection in the transaction that the record's id is in
         * @throws SQLException if the database failed
         */
        void take(Connection connection, ConsumerRecord<byte[], byte[]> record) throws SQLException;
    }

    private KafkaInbox(Builder builder, Handler handler) {
        RecordTaker taker = new RecordTaker(builder.dataSource, builder.group, builder.inbox, handler);
        DeadLetters deadLetters = new DeadLetters(builder.producerConfig(), builder.deadLetters);
        loop = new InboxLoop(
                builder.consumerConfig(), builder.topics, taker, deadLetters, new Setbacks(builder.attempts));
        running = new Thread(loop, "entente-kafka-inbox");
        running.setDaemon(true);
        running.start();
    }

    /**
     * An inbox in that database, for the consumer group that the configuration names, whose ids are kept under the
     * group's name, each as its topic's.
     *
     * @param config of the consumer, with {@code bootstrap.servers} and {@code group.id}; it begins with a topic's
     *     oldest record unless {@code auto.offset.reset} says otherwise
     * @param dataSource has the table {@code entente_inbox} in its search path
     * @throws IllegalArgumentException if there is no {@code group.id}
     */
    public static Builder of(Map<String, ?> config, DataSource dataSource) {
        return new Builder(config, dataSource);
    }

    /** How many records' handlers ran, and were committed. */
    public long taken() {
        return loop.counts().taken();
    }

    /** How many records came again, and were known. */
    public long repeated() {
        return loop.counts().repeated();
    }

    /** How many attempts failed, the database's failures included. */
    public long failed() {
        return loop.counts().failed();
    }

    /** How many records went to the dead letters' topic: each waits for a person. */
    public long deadLettered() {
        return loop.counts().deadLettered();
    }

    /** Ends after the record that is being taken, commits offsets, and leaves the group. Blocks, up to 30 s. */
    @Override
    public void close() {
        loop.close();
        try {
            running.join(LONGEST_CLOSE.toMillis());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        running.interrupt();
    }

    /** Builds a {@link KafkaInbox}. Not thread-safe. */
    public static final class Builder {
        private static final int DEFAULT_ATTEMPTS = 5;
        private static final int MOST_ATTEMPTS = 100;

        private final Map<String, Object> config;
        private final DataSource dataSource;
        private final String group;
        private @Nullable Inbox inbox;
        private List<String> topics = List.of();
        private String deadLetters = "";
        private int attempts = DEFAULT_ATTEMPTS;

        private Builder(Map<String, ?> config, DataSource dataSource) {
            Object named = config.get(CommonClientConfigs.GROUP_ID_CONFIG);
            if (named == null) {
                throw new IllegalArgumentException("the consumer's configuration has no group.id");
            }
            this.config = new HashMap<>(config);
            this.dataSource = dataSource;
            this.group = named.toString();
        }

        /** The topics to read. */
        public Builder topics(String... names) {
            topics = List.of(names);
            return this;
        }

        /**
         * Sets the topic for records whose handler failed too often. They keep key, value and headers, and get the
         * reason; of one that the topic refuses, as for its size, place and reason are sent alone. The topic has to
         * exist; while it takes nothing, their partition waits.
         */
        public Builder deadLetters(String topic) {
            if (!TOPIC.matcher(topic).matches()) {
                throw new IllegalArgumentException("'" + topic + "' is no Kafka topic; use [A-Za-z0-9._-]{1,249}");
            }
            deadLetters = topic;
            return this;
        }

        /**
         * How often a record's handler may fail; 5 times unless set. It is counted anew where the partition goes to
         * another consumer.
         *
         * @param number 1 to 100
         */
        public Builder attempts(int number) {
            if (number < 1 || number > MOST_ATTEMPTS) {
                throw new IllegalArgumentException(number + " attempts; use 1 to " + MOST_ATTEMPTS);
            }
            attempts = number;
            return this;
        }

        /** Another inbox than the one named after the group, as for other retentions. */
        public Builder inbox(Inbox inbox) {
            this.inbox = inbox;
            return this;
        }

        /**
         * Starts to take records, on a thread of its own. Does not block; neither brokers nor database need be there.
         *
         * @throws IllegalArgumentException if no topic, or none for dead letters, was named
         */
        public KafkaInbox start(Handler handler) {
            if (topics.isEmpty() || deadLetters.isEmpty() || topics.contains(deadLetters)) {
                throw new IllegalArgumentException("name topics(…), and deadLetters(…) which is none of them");
            }
            Inbox any = inbox == null ? Inbox.mariadb().consumer(group) : inbox;
            topics.forEach(any::from); // names that are too long would fail each record
            return new KafkaInbox(this, handler);
        }

        private Map<String, Object> consumerConfig() {
            Map<String, Object> all = new HashMap<>(Map.of(
                    ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest", ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 100));
            all.putAll(config);
            all.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
            all.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
            return all;
        }

        private Map<String, Object> producerConfig() {
            // a record may have been compressed when it came, and be too large as it is now
            Map<String, Object> all = new HashMap<>(Map.of(ProducerConfig.COMPRESSION_TYPE_CONFIG, "gzip"));
            all.putAll(config);
            all.keySet().retainAll(ProducerConfig.configNames());
            all.put(ProducerConfig.ACKS_CONFIG, "all");
            all.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
            all.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, DeadLetters.MAX_REQUEST_BYTES);
            all.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, DeadLetters.TIMEOUT_MILLIS);
            all.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, DeadLetters.TIMEOUT_MILLIS / 2);
            all.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, DeadLetters.TIMEOUT_MILLIS);
            return all;
        }
    }
}
