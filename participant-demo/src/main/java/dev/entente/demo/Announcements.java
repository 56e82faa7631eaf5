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
 * How a service says what has happened: a message to a topic, written in the transaction in which it happens.
 * Thread-safe.
 */
final class Announcements {
    private static final Outbox OUTBOX = Outbox.postgres();
    /** The retries of events: long enough that a service which is killed and started again finds none parked. */
    private static final Retry RETRY = Retry.exponential(Duration.ofMillis(100), Duration.ofSeconds(1), 60);

    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    /** Writes plans, and never sends one: that is the relay's work. */
    private final Entente plans = Entente.builder("127.0.0.1:7790").build();

    /**
     * On this connection, which the caller commits. The event carries the order's name from cause to effect, and the
     * gid of the event that is being taken.
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
