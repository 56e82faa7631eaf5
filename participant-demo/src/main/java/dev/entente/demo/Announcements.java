package dev.entente.demo;

import dev.entente.client.Entente;
import dev.entente.client.Message;
import dev.entente.client.Retry;
import dev.entente.outbox.Outbox;
import dev.entente.outbox.OutboxMessage;
import dev.entente.participant.Branch;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import shop.v1.OrderEvent;

/**
 * The announcements of a service's events: each is a message to a topic, written in the transaction of the event.
 * Thread-safe.
 */
final class Announcements {
    private static final Outbox OUTBOX = Outbox.postgres();
    /** The retries of events are long enough that none is parked while a service is killed and restarted. */
    private static final Retry RETRY = Retry.exponential(Duration.ofMillis(100), Duration.ofSeconds(1), 60);

    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** Builds plans only. The relay sends the plans. */
    private final Entente plans = Entente.builder("127.0.0.1:7790").build();

    /**
     * Writes the event on this connection, which the caller commits. The labels carry the order's name from cause to
     * effect, and the gid of the event that is being processed.
     */
    void say(Connection connection, OrderTopic topic, OrderEvent event) throws SQLException {
        Message message = plans.message(topic.label())
                .gid(topic.gid(event.getOrder()))
                .label(OrderTopic.CHAIN, event.getOrder())
                .retry(RETRY)
                .timeout(TIMEOUT)
                .toTopic(topic.label(), event);
        Branch.current().map(Branch::gid).ifPresent(cause -> message.label(OrderTopic.CAUSE, cause));
        OUTBOX.enqueue(connection, OutboxMessage.toCoordinator(message));
    }
}
