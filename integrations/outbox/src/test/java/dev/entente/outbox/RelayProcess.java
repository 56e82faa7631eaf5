package dev.entente.outbox;

import dev.entente.participant.UrlDataSource;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** A relay in its own process, for tests that kill it. */
final class RelayProcess {
    private RelayProcess() {}

    /**
     * Relays the outbox at the JDBC URL {@code args[0]} with the poll interval {@code args[1]} until the process is
     * killed.
     */
    public static void main(String[] args) throws InterruptedException {
        try (OutboxRelay relay = OutboxRelay.from(new UrlDataSource(args[0]))
                .poll(Duration.parse(args[1]))
                .callTimeout(Duration.ofMinutes(5)) // a call is open until the process is killed
                .start()) {
            relay.wake();
            new CountDownLatch(1).await();
        }
    }
}
