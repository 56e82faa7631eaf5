package dev.entente.outbox;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Takes messages to one kind of receiver. Thread-safe. One's own, as for a broker, is named by {@link
 * OutboxRelay.Builder#carrier}, and its messages are made by {@link OutboxMessage#through};
 * {@code dev.entente.outbox.contract.CarrierContract} checks it.
 */
@FunctionalInterface
public interface Carrier {
    /**
     * Starts one attempt, without blocking: neither for the receiver nor to connect, for one thread starts all
     * attempts of a relay. Receivers know repetitions by {@link OutgoingMessage#metadata}, which goes along.
     *
     * @param within when the attempt has to end
     * @return what it came to; an exception counts as unanswered
     * @throws IllegalArgumentException if the message cannot be sent as it stands: it is refused; any other exception
     *     counts as unanswered
     */
    CompletableFuture<Delivery> deliver(OutgoingMessage message, Duration within);
}
