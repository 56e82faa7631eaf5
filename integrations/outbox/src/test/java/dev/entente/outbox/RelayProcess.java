package dev.entente.outbox;

import dev.entente.participant.UrlDataSource;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** A relay in a process of its own, to be killed. */
final class RelayProcess {
    private RelayProcess() {}

    /** Relays the outbox at that JDBC URL, looking for messages that often, until it is killed. */
    public static void main(String[] args) throws InterruptedException {
        try (OutboxRelay relay = OutboxRelay.from(new UrlDataSource(args[0]))
                .poll(Duration.parse(args[1]))
                .callTimeout(Duration.ofSeconds(20))
                .start()) {
            relay.wake();
            new CountDownLatch(1).await();
        }
    }
}
