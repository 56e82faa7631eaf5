package dev.entente.outbox;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A message that only this relay may deliver now.
 *
 * @param destination the key of the message's limit and circuit
 * @param triedFor the time from the first attempt to the claim; zero before the first attempt
 */
record Claimed(OutgoingMessage message, String destination, Duration triedFor) {
    String id() {
        return message.id();
    }

    @Nullable
    String key() {
        return message.key();
    }
}
