package dev.entente.outbox;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A message that this relay alone may deliver now.
 *
 * @param destination whose cap and circuit hold for it
 * @param triedFor how long before its claim it was first attempted; zero if it never was
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
