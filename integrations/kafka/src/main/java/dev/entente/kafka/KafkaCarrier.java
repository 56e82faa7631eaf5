package dev.entente.kafka;

import dev.entente.jdbc.Ddl;
import dev.entente.jdbc.Dialect;
import dev.entente.outbox.Carrier;
import dev.entente.outbox.Delivery;
import dev.entente.outbox.OutgoingMessage;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.jspecify.annotations.Nullable;

/**
 * Sends an outbox's messages to Kafka topics, with an idempotent and transactional producer. All waiting messages of a
 * topic share one transaction, and a message is delivered after the commit of its transaction.
 *
 * <pre>{@code
 * KafkaCarrier kafka = KafkaCarrier.to(Map.of("bootstrap.servers", "kafka:9092"), "shop-outbox")
 *     .slots(dataSource, 16)
 *     .open();
 * OutboxRelay relay = OutboxRelay.from(dataSource).carrier("kafka", kafka).start();
 * }</pre>
 *
 * <p>{@code OutboxMessage.toKafka(topic, payload)} creates the messages. A record has the message's ordering key as its
 * key, its payload as its value and {@link OutgoingMessage#metadata} as its headers. The header {@code idempotency-key}
 * is the message's id. Delivery is at least once: repetitions have the same id.
 *
 * <p>The transactional id is the prefix and the number of a slot. The number of slots is fixed. The next process with a
 * slot fences the slot's previous producer, and ends its open transaction, which would block consumers of committed
 * records. Close the relay first, then this carrier. Thread-safe.
 */
public final class KafkaCarrier implements Carrier, AutoCloseable {
    private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._-]{1,200}");
    private static final int MAX_SLOTS = 1000;
    /** The largest payload of an outbox, with its headers. */
    private static final int MAX_REQUEST_BYTES = 2 << 20;

    private static final Duration A_MOMENT = Duration.ofSeconds(1);

    private final SendQueue queue = new SendQueue();
    private final Admin admin;
    private final KnownTopics topics;
    private final TransactionalSender sender;
    private final Thread sending;
    private final Duration timeout;

    private KafkaCarrier(Builder builder, Function<Admin, ProducerSlot> slot) {
        timeout = builder.timeout;
        admin = Admin.create(builder.adminConfig());
        topics = new KnownTopics(admin);
        ProducerLink link = new ProducerLink(builder.producerConfig(), builder.prefix, slot.apply(admin));
        sender = new TransactionalSender(queue, link, topics);
        sending = new Thread(sender, "entente-kafka-carrier");
        sending.setDaemon(true);
        sending.start();
    }

    /**
     * Begins a carrier to the cluster of the configuration.
     *
     * @param config of the producer and of the client that looks topics up: {@code bootstrap.servers}, security and
     *     others; the settings for transactions are added
     * @param prefix of transactional ids, {@code [A-Za-z0-9._-]{1,200}}; equal for all processes that relay one outbox,
     *     and different for each outbox
     * @throws IllegalArgumentException if the prefix has another form
     */
    public static Builder to(Map<String, ?> config, String prefix) {
        return new Builder(config, prefix);
    }

    /** Returns the statements that create the table of slots on PostgreSQL, for your migrations. */
    public static String ddl() {
        return SlotStatements.ddl(Dialect.POSTGRES);
    }

    /** Returns the statements that create the table of slots on MariaDB, for your migrations. */
    public static String mariadbDdl() {
        return SlotStatements.ddl(Dialect.MARIADB);
    }

    /** Creates the table of slots if it does not exist. Several processes may call this concurrently. Blocks. */
    public static void createTable(DataSource dataSource) throws SQLException {
        Dialect dialect;
        try (Connection connection = dataSource.getConnection()) {
            dialect = Dialect.of(connection);
        }
        Ddl.run(dataSource, SlotStatements.ddl(dialect));
    }

    @Override
    public CompletableFuture<Delivery> deliver(OutgoingMessage message, Duration within) {
        Sending attempt = Sending.of(message, within);
        CompletableFuture<Void> unused = topics.known(attempt.topic()).whenComplete((known, failure) -> {
            if (failure == null) {
                queue.add(attempt);
            } else {
                attempt.failed(failure);
            }
        });
        return attempt.end();
    }

    /** Finishes the current transaction, for at most two timeouts; all other messages are unanswered. Blocks. */
    @Override
    public void close() {
        sender.close();
        try {
            sending.join(2 * timeout.toMillis());
            if (sending.isAlive()) {
                sending.interrupt();
                sending.join(A_MOMENT.toMillis());
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        admin.close(A_MOMENT);
    }

    /** Builds a {@link KafkaCarrier}. Not thread-safe. */
    public static final class Builder {
        /** Well below a lease, which is not renewed during fencing. */
        private static final Duration LONGEST_FENCING = Duration.ofSeconds(5);

        private static final Duration SHORTEST_TIMEOUT = Duration.ofMillis(500);

        private final Map<String, Object> config;
        private final String prefix;
        private Duration timeout = Duration.ofSeconds(5);
        private @Nullable Function<Admin, ProducerSlot> slot;

        private Builder(Map<String, ?> config, String prefix) {
            if (!PREFIX.matcher(prefix).matches()) {
                throw new IllegalArgumentException(
                        "'" + prefix + "' is not a valid prefix of transactional ids; use [A-Za-z0-9._-]{1,200}");
            }
            this.config = new HashMap<>(config);
            this.prefix = prefix;
        }

        /**
         * Leases one of this number of slots, in the table that {@link KafkaCarrier#createTable} creates. Choose more
         * slots than processes that relay this outbox. A process without a slot delivers nothing to Kafka.
         *
         * @param number 1 to 1000
         */
        public Builder slots(DataSource dataSource, int number) {
            if (number < 1 || number > MAX_SLOTS) {
                throw new IllegalArgumentException(number + " slots; use 1 to " + MAX_SLOTS);
            }
            slot = admin -> new LeasedSlot(dataSource, prefix, number, dead -> fence(admin, dead));
            return this;
        }

        /**
         * Uses this slot, which no other process may use, such as the ordinal of a pod. A new process with this number
         * fences the previous one immediately.
         *
         * @param number 0 to 999
         */
        public Builder slot(int number) {
            if (number < 0 || number >= MAX_SLOTS) {
                throw new IllegalArgumentException("slot " + number + "; use 0 to " + (MAX_SLOTS - 1));
            }
            slot = admin -> ProducerSlot.fixed(number);
            return this;
        }

        /**
         * Sets the time limit for a transaction's records, and for its commit; later its messages count as unanswered.
         * The default is 5 s. Choose at most half of the relay's call timeout, so that a topic that hangs costs the
         * other topics no attempt.
         *
         * @param each 500 ms to 1 min
         */
        public Builder timeout(Duration each) {
            if (each.compareTo(SHORTEST_TIMEOUT) < 0 || each.compareTo(Duration.ofMinutes(1)) > 0) {
                throw new IllegalArgumentException("a timeout of " + each + "; use 500 ms to 1 min");
            }
            timeout = each;
            return this;
        }

        /**
         * Opens the carrier, on its own threads. Does not block; brokers and database may be unavailable.
         *
         * @throws IllegalStateException if neither {@link #slots} nor {@link #slot} was called
         */
        public KafkaCarrier open() {
            if (slot == null) {
                throw new IllegalStateException("the carrier has no slots; call KafkaCarrier.to(…).slots(dataSource,"
                        + " 16), or .slot(number)");
            }
            return new KafkaCarrier(this, slot);
        }

        private void fence(Admin admin, int dead) {
            try {
                admin.fenceProducers(List.of(ProducerLink.transactionalId(prefix, dead)))
                        .all()
                        .get(Math.min(timeout.toMillis(), LONGEST_FENCING.toMillis()), TimeUnit.MILLISECONDS);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while fencing slot " + dead, interrupted);
            } catch (ExecutionException | TimeoutException failed) {
                throw new IllegalStateException(
                        "could not fence slot " + dead + ": " + KafkaFailures.describe(failed), failed);
            }
        }

        private Map<String, Object> adminConfig() {
            Map<String, Object> all = new HashMap<>(config);
            all.keySet().retainAll(AdminClientConfig.configNames());
            all.put(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, millis(timeout));
            all.put(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, millis(timeout));
            return all;
        }

        /** Returns the producer's settings: defaults that the user may change, and fixed settings. */
        private Map<String, Object> producerConfig() {
            Map<String, Object> all = new HashMap<>(Map.of(
                    ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                    MAX_REQUEST_BYTES,
                    ProducerConfig.LINGER_MS_CONFIG,
                    0,
                    ProducerConfig.TRANSACTION_TIMEOUT_CONFIG,
                    millis(LeasedSlot.LEASE)));
            all.putAll(config);
            all.put(ProducerConfig.ACKS_CONFIG, "all");
            all.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
            all.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, millis(timeout));
            all.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, millis(timeout));
            all.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, millis(timeout) + lingerMillis(all));
            return all;
        }

        private static int lingerMillis(Map<String, Object> config) {
            return Integer.parseInt(String.valueOf(config.get(ProducerConfig.LINGER_MS_CONFIG)));
        }

        private static int millis(Duration duration) {
            return Math.toIntExact(duration.toMillis());
        }
    }
}
