package dev.entente.client.call;

import dev.entente.wire.ErrorDetails;
import java.time.Duration;
import java.util.Optional;

/** Decides after each failed attempt of one call whether there is another. Asked by one thread at a time. */
public interface RetryRule {
    /** How long to wait before the next attempt; empty for none. */
    Optional<Duration> next(ErrorDetails answer);
}
