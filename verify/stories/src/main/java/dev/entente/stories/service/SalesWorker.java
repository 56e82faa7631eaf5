package dev.entente.stories.service;

import dev.entente.client.Retry;
import dev.entente.kafka.KafkaCarrier;
import dev.entente.kafka.KafkaInbox;
import dev.entente.outbox.Outbox;
import dev.entente.outbox.OutboxMessage;
import dev.entente.outbox.OutboxRelay;
import dev.entente.rig.SqlDatabase;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** One of three: writes sales with their messages, relays the messages to a topic, or books the topic's records. */
@Command(name = "sales")
public final class SalesWorker extends WorkerCommand {
    /** The topic of sales. */
    public static final String TOPIC = "sales";
    /** The topic of records that could not be booked. */
    public static final String DEAD = "sales-dead";

    /** The table of bookings accepts every record, so that SQL finds records that arrived twice or too early. */
    public static final String TABLES = """
        create table account (id integer primary key, sales integer not null);
        insert into account select id, 0 from generate_series(0, 39) as id;
        create table sale (id text primary key, account integer not null, number integer not null);
        create table booking (position bigint generated always as identity, id text not null,
          account integer not null, number integer not null);
        """;

    private static final Logger LOG = LoggerFactory.getLogger(SalesWorker.class);
    private static final Outbox OUTBOX = Outbox.postgres();
    private static final int ACCOUNTS = 40;
    private static final int THREADS = 4;
    private static final int SLOTS = 4;
    private static final int ROLLED_BACK_EVERY = 8;
    private static final int LONGEST_PAUSE_MILLIS = 50;
    private static final Retry PATIENT = Retry.exponential(Duration.ofMillis(100), Duration.ofSeconds(1), 1000);

    @Option(names = "--part", required = true, description = "write, relay or book.")
    private String part = "";

    @Option(names = "--kafka", required = true, description = "The Kafka brokers.")
    private String kafka = "";

    SalesWorker() {}

    /** Works until the process is killed. */
    public static void main(String[] arguments) {
        run(new SalesWorker(), arguments);
    }

    @Override
    void begin(DataSource database) {
        switch (part) {
            case "write" -> write(database);
            case "relay" -> relay(database);
            case "book" -> book(database);
            default -> throw new IllegalArgumentException("no part '" + part + "'; use write, relay or book");
        }
    }

    private void write(DataSource database) {
        for (int i = 0; i < THREADS; i++) {
            Random random = new Random(seed() + i);
            Thread.ofPlatform().daemon().start(() -> {
                while (true) {
                    try {
                        sell(database, random.nextInt(ACCOUNTS), random.nextInt(ROLLED_BACK_EVERY) == 0);
                    } catch (SQLException failure) {
                        LOG.warn("the sale failed: {}", failure.getMessage());
                    }
                    LockSupport.parkNanos(Duration.ofMillis(random.nextInt(LONGEST_PAUSE_MILLIS))
                            .toNanos());
                }
            });
        }
    }

    /** Writes a sale with its account's next number. The sale's row and its message are one transaction. */
    private static void sell(DataSource database, int account, boolean rollsBack) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            int number = nextNumber(connection, account);
            String id = "sale-" + account + "-" + number;
            SqlDatabase.update(connection, "insert into sale values (?, ?, ?)", id, account, number);
            byte[] payload = (account + " " + number).getBytes(StandardCharsets.UTF_8);
            OUTBOX.enqueue(
                    connection,
                    OutboxMessage.toKafka(TOPIC, payload)
                            .key("account-" + account)
                            .id(id));
            if (rollsBack) {
                connection.rollback();
            } else {
                connection.commit();
            }
        }
    }

    private static int nextNumber(Connection connection, int account) throws SQLException {
        String sql = "update account set sales = sales + 1 where id = ? returning sales";
        return SqlDatabase.rows(connection, row -> row.getInt(1), sql, account).getFirst();
    }

    @SuppressWarnings("resource") // Ends with the process.
    private void relay(DataSource database) {
        OutboxRelay.from(database)
                .carrier(
                        "kafka",
                        KafkaCarrier.to(Map.of("bootstrap.servers", kafka), "sales")
                                .slots(database, SLOTS)
                                .timeout(Duration.ofSeconds(2))
                                .open())
                .retry(PATIENT)
                .poll(Duration.ofMillis(200))
                .start()
                .wake();
    }

    @SuppressWarnings("resource") // Ends with the process.
    private void book(DataSource database) {
        // After this time Kafka considers a killed consumer as failed; Kafka's default is 45 s.
        String missed = "6000";
        KafkaInbox.of(
                        Map.of("bootstrap.servers", kafka, "group.id", "bookings", "session.timeout.ms", missed),
                        database)
                .topics(TOPIC)
                .deadLetters(DEAD)
                .start(this::book);
    }

    private void book(Connection connection, ConsumerRecord<byte[], byte[]> record) throws SQLException {
        String[] sale = new String(record.value(), StandardCharsets.UTF_8).split(" ", -1);
        String sql = "insert into booking (id, account, number) values (?, ?, ?)";
        String id = "sale-" + sale[0] + "-" + sale[1];
        for (int times = isFaulty() && sale[1].equals("3") ? 2 : 1; times > 0; times--) {
            SqlDatabase.update(connection, sql, id, Integer.parseInt(sale[0]), Integer.parseInt(sale[1]));
        }
    }
}
