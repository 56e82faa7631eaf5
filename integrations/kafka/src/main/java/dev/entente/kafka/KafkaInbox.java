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
 * Processes each record of topics once. The handler's work and the record's id are one transaction of the service's own
 * database, by an {@link Inbox}; the offset is committed afterwards.
 *
 * <pre>{@code
 * KafkaInbox points = KafkaInbox.of(Map.of("bootstrap.servers", "kafka:9092", "group.id", "points"), dataSource)
 *     .topics("orders")
 *     .deadLetters("orders-dead")
 *     .start((connection, record) -> addPoints(connection, record.value()));
 * }</pre>
 *
 * <p>The inbox reads committed records only. A record's identity is its topic and its header {@code idempotency-key},
 * which the outbox sets; without the header its topic, partition, offset and time. A failed record is retried after a
 * random, growing wait, in which its partition rests and others continue. After five attempts the record goes to the
 * dead letter topic. While the database fails, records wait and none is given up.
 *
 * <p>Any number of inboxes may share a group. Thread-safe.
 */
public final class KafkaInbox implements AutoCloseable {
    private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9._-]{1,249}");
    private static final Duration LONGEST_CLOSE = Duration.ofSeconds(30);

    private final InboxLoop loop;
    private final Thread running;

    /** The work for a record. */
    @FunctionalInterface
    public interface Handler {
        /**
         * Does the work on this connection, without commit or rollback. The work must take less than the consumer's
         * {@code max.poll.interval.ms}, five minutes by default.
         *
         * @param connection in the transaction of the record's id
         * @throws SQLException if the database failed
         */
        void take(Connection connection, ConsumerRecord<byte[], byte[]> record) throws SQLException;
    }

    private KafkaInbox(Builder builder, Handler handler) {
        RecordProcessor taker = new RecordProcessor(builder.dataSource, builder.group, builder.inbox, handler);
        DeadLetters deadLetters = new DeadLetters(builder.producerConfig(), builder.deadLetters);
        loop = new InboxLoop(
                builder.consumerConfig(), builder.topics, taker, deadLetters, new PartitionBackoff(builder.attempts));
        running = new Thread(loop, "entente-kafka-inbox");
        running.setDaemon(true);
        running.start();
    }

    /**
     * Begins an inbox in this database for the consumer group of the configuration. Ids are stored under the group's
     * name and the record's topic.
     *
     * @param config of the consumer, with {@code bootstrap.servers} and {@code group.id}; reading begins with a topic's
     *     oldest record, unless {@code auto.offset.reset} is set
     * @param dataSource has the table {@code entente_inbox} in its search path
     * @throws IllegalArgumentException if there is no {@code group.id}
     */
    public static Builder of(Map<String, ?> config, DataSource dataSource) {
        return new Builder(config, dataSource);
    }

    /** Returns how many records have a committed handler. */
    public long taken() {
        return loop.counts().taken();
    }

    /** Returns how many repeated records were known. */
    public long repeated() {
        return loop.counts().repeated();
    }

    /** Returns how many attempts failed, the database's failures included. */
    public long failed() {
        return loop.counts().failed();
    }

    /** Returns how many records went to the dead letter topic: each waits for an operator. */
    public long deadLettered() {
        return loop.counts().deadLettered();
    }

    /** Stops after the current record, commits offsets, and leaves the group. Blocks, up to 30 s. */
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
        private static final int MAX_ATTEMPTS = 100;

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

        /** Sets the topics to read. */
        public Builder topics(String... names) {
            topics = List.of(names);
            return this;
        }

        /**
         * Sets the topic for records with too many failures. They keep key, value and headers, and get the reason. If
         * the topic refuses a record, such as for its size, only position and reason are sent. The topic must exist;
         * while it accepts nothing, the record's partition waits.
         */
        public Builder deadLetters(String topic) {
            if (!TOPIC.matcher(topic).matches()) {
                throw new IllegalArgumentException(
                        "'" + topic + "' is not a valid Kafka topic; use [A-Za-z0-9._-]{1,249}");
            }
            deadLetters = topic;
            return this;
        }

        /**
         * Sets how often a record's handler may fail; the default is 5. The count restarts if another consumer gets the
         * partition.
         *
         * @param number 1 to 100
         */
        public Builder attempts(int number) {
            if (number < 1 || number > MAX_ATTEMPTS) {
                throw new IllegalArgumentException(number + " attempts; use 1 to " + MAX_ATTEMPTS);
            }
            attempts = number;
            return this;
        }

        /** Replaces the default inbox, which has the group's name, such as by an inbox with another retention. */
        public Builder inbox(Inbox inbox) {
            this.inbox = inbox;
            return this;
        }

        /**
         * Starts to process records, on its own thread. Does not block; brokers and database may be unavailable.
         *
         * @throws IllegalArgumentException if there is no topic or no dead letter topic
         */
        public KafkaInbox start(Handler handler) {
            if (topics.isEmpty() || deadLetters.isEmpty() || topics.contains(deadLetters)) {
                throw new IllegalArgumentException("call topics(…), and deadLetters(…) with another topic");
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
            // a record may have been compressed when it was sent, and be too large without compression
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
