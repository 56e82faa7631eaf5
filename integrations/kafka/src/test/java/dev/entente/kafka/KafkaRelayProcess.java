package dev.entente.kafka;

import dev.entente.client.Retry;
import dev.entente.outbox.OutboxRelay;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.CommonClientConfigs;
import org.postgresql.ds.PGSimpleDataSource;

/** A relay to Kafka in its own process, for tests that kill it. */
final class KafkaRelayProcess {
    static final String PREFIX = "relays";

    private KafkaRelayProcess() {}

    /** Relays the outbox at the JDBC URL {@code args[0]} to the brokers {@code args[1]} until the process is killed. */
    public static void main(String[] args) throws InterruptedException {
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setUrl(args[0]);
        database.setUser("postgres");
        try (KafkaCarrier carrier = KafkaCarrier.to(
                                Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, args[1]), PREFIX)
                        .slots(database, 4)
                        .timeout(Duration.ofSeconds(2))
                        .open();
                OutboxRelay relay = OutboxRelay.from(database)
                        .carrier("kafka", carrier)
                        .poll(Duration.ofMillis(200))
                        .retry(Retry.exponential(Duration.ofMillis(100), Duration.ofMillis(500), Integer.MAX_VALUE))
                        .start()) {
            relay.wake();
            new CountDownLatch(1).await();
        }
    }

    static Process start(String jdbcUrl, String brokers) throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KafkaRelayProcess.class.getName(),
                        jdbcUrl,
                        brokers)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }
}
