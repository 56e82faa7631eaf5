package dev.entente.outbox;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.postgresql.ds.PGSimpleDataSource;

/** A relay in a process of its own, to be killed. */
final class RelayProcess {
    private RelayProcess() {}

    /** Relays the outbox at that JDBC URL, looking for messages that often, until it is killed. */
    public static void main(String[] args) throws InterruptedException {
        PGSimpleDataSource database = new PGSimpleDataSource();
        database.setUrl(args[0]);
        try (OutboxRelay relay = OutboxRelay.from(database)
                .poll(Duration.parse(args[1]))
                .callTimeout(Duration.ofMinutes(1))
                .start()) {
            relay.wake();
            new CountDownLatch(1).await();
        }
    }
}
