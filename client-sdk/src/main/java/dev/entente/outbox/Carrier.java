package dev.entente.outbox;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Takes a message to one kind of receiver. Thread-safe. */
interface Carrier {
    /**
     * Starts one attempt, without blocking.
     *
     * @param within when the attempt has to end
     * @return what it came to; an exception counts as unanswered
     * @throws RuntimeException if the message cannot be sent as it stands: it is refused
     */
    CompletableFuture<Delivery> deliver(Claimed message, Duration within);
}
