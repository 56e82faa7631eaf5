package dev.entente.outbox;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * Delivers messages to one kind of receiver. Thread-safe. Register your own carrier, such as one for a broker, with
 * {@link OutboxRelay.Builder#carrier}; {@link OutboxMessage#through} creates its messages. {@code
 * dev.entente.outbox.contract.CarrierContract} tests a carrier.
 */
@FunctionalInterface
public interface Carrier {
    /**
     * Starts one attempt. The method must not wait for the receiver or a connection: one thread starts all attempts of
     * a relay. The carrier sends {@link OutgoingMessage#metadata}, by which receivers recognize repetitions.
     *
     * @param within the time limit of the attempt
     * @return the result of the attempt; an exception counts as unanswered
     * @throws IllegalArgumentException if the message can never be sent: the message is refused; any other exception
     *     counts as unanswered
     */
    CompletableFuture<Delivery> deliver(OutgoingMessage message, Duration within);
}
