package dev.entente.client.call;

import dev.entente.wire.ErrorDetails;
import java.time.Duration;
import java.util.Optional;

/** Decides after each failed attempt of one call whether there is another. Asked by one thread at a time. */
public interface RetryRule {
    /**
     * Hears of a failed attempt.
     *
     * @param address where it went
     * @param isSent false if it is certain that nothing of it was sent
     * @return how long to wait before the next attempt; empty for none
     */
    Optional<Duration> next(ErrorDetails answer, Throwable thrown, String address, boolean isSent);

    /**
     * Makes the exception that the caller gets after the last failed attempt.
     *
     * @param answer what the last attempt was answered
     * @param isEarlierInDoubt whether what became of an attempt before the last is unknown
     */
    RuntimeException failure(ErrorDetails answer, Throwable cause, boolean isEarlierInDoubt);
}
