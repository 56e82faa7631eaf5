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
 * Takes an outbox's messages to Kafka topics, by an idempotent and transactional producer. All that wait go in one
 * transaction, and a message is delivered once its transaction is committed.
 *
 * <pre>{@code
 * KafkaCarrier kafka = KafkaCarrier.to(Map.of("bootstrap.servers", "kafka:9092"), "shop-outbox")
 *     .slots(dataSource, 16)
 *     .open();
 * OutboxRelay relay = OutboxRelay.from(dataSource).carrier("kafka", kafka).start();
 * }</pre>
 *
 * <p>Messages are made by {@code OutboxMessage.toKafka(topic, payload)}. A record has the message's ordering key as its
 * key, its payload as its value and {@link OutgoingMessage#metadata} as its headers, of which {@code idempotency-key}
 * is the message's id. Delivery is at least once: repetitions have the same id.
 *
 * <p>The transactional id is the prefix with the number of a slot, of which there is a fixed number. Whoever takes over
 * a slot fences the producer that had it, and ends its open transaction, which would hold up consumers that read
 * committed records only. Close the relay first, then this. Thread-safe.
 */
public final class KafkaCarrier implements Carrier, AutoCloseable {
    private static final Pattern PREFIX = Pattern.compile("[A-Za-z0-9._-]{1,200}");
    private static final int MOST_SLOTS = 1000;
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
     * A carrier to the cluster that the configuration names.
     *
     * @param config of the producer and of the client that looks topics up: {@code bootstrap.servers}, security and
     *     whatever else; what the transactions need is set beside it
     * @param prefix of transactional ids, {@code [A-Za-z0-9._-]{1,200}}; the same for all processes that relay one
     *     outbox, another one for every other outbox
     * @throws IllegalArgumentException if the prefix has another form
     */
    public static Builder to(Map<String, ?> config, String prefix) {
        return new Builder(config, prefix);
    }

    /** The statements that create the table of the slots on PostgreSQL, for your migrations. */
    public static String ddl() {
        return SlotStatements.ddl(Dialect.POSTGRES);
    }

    /** Returns the statements that create the table of slots on MariaDB, for your migrations. */
    public static String mariadbDdl() {
        return SlotStatements.ddl(Dialect.MARIADB);
    }

    /** Creates the table of the slots if it is not there. Several processes may do this at once. Blocks. */
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

    /** Ends the transaction under way, for as long as an attempt may take; all others are unanswered. Blocks. */
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
        /** Well below a lease, which is not renewed meanwhile. */
        private static final Duration LONGEST_FENCING = Duration.ofSeconds(5);

        private static final Duration SHORTEST_TIMEOUT = Duration.ofMillis(500);

        private final Map<String, Object> config;
        private final String prefix;
        private Duration timeout = Duration.ofSeconds(5);
        private @Nullable Function<Admin, ProducerSlot> slot;

        private Builder(Map<String, ?> config, String prefix) {
            if (!PREFIX.matcher(prefix).matches()) {
                throw new IllegalArgumentException(
                        "'" + prefix + "' is no prefix of transactional ids; use [A-Za-z0-9._-]{1,200}");
            }
            this.config = new HashMap<>(config);
            this.prefix = prefix;
        }

        /**
         * Takes one of that many slots, by a lease in the table that {@link KafkaCarrier#createTable} makes. Have more
         * than processes that relay this outbox at the same time; one that finds none delivers nothing to Kafka.
         *
         * @param number 1 to 1000
         */
        public Builder slots(DataSource dataSource, int number) {
            if (number < 1 || number > MOST_SLOTS) {
                throw new IllegalArgumentException(number + " slots; use 1 to " + MOST_SLOTS);
            }
            slot = admin -> new LeasedSlot(dataSource, prefix, number, dead -> fence(admin, dead));
            return this;
        }

        /**
         * Takes that slot, which nobody else has: the ordinal of a pod, for instance. A new process with the same
         * number fences the one before at once.
         *
         * @param number 0 to 999
         */
        public Builder slot(int number) {
            if (number < 0 || number >= MOST_SLOTS) {
                throw new IllegalArgumentException("slot " + number + "; use 0 to " + (MOST_SLOTS - 1));
            }
            slot = admin -> ProducerSlot.fixed(number);
            return this;
        }

        /**
         * How long Kafka may take for a transaction's records, and for its commit, before its messages count as
         * unanswered; 5 s unless set. Less than half of the relay's call timeout is best: one topic that hangs then
         * costs the others no attempt.
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
         * Opens it, on threads of its own. Does not block; neither the brokers nor the database need be there yet.
         *
         * @throws IllegalStateException if neither {@link #slots} nor {@link #slot} was called
         */
        public KafkaCarrier open() {
            if (slot == null) {
                throw new IllegalStateException("say KafkaCarrier.to(…).slots(dataSource, 16), or .slot(number)");
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
                        "could not fence slot " + dead + ": " + Failures.describe(failed), failed);
            }
        }

        private Map<String, Object> adminConfig() {
            Map<String, Object> all = new HashMap<>(config);
            all.keySet().retainAll(AdminClientConfig.configNames());
            all.put(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, millis(timeout));
            all.put(CommonClientConfigs.DEFAULT_API_TIMEOUT_MS_CONFIG, millis(timeout));
            return all;
        }

        /** Returns the producer's settings: defaults that the user may change, and what nobody may. */
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
