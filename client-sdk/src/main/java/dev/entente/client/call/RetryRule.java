package dev.entente.client.call;

import dev.entente.wire.ErrorDetails;
import java.time.Duration;
import java.util.Optional;

/** Decides after each failed attempt of one call whether to retry. Used by one thread at a time. */
public interface RetryRule {
    /**
     * Decides after a failed attempt.
     *
     * @param address the address of the attempt
     * @param isSent false if it is certain that nothing was sent
     * @return how long to wait before the next attempt; empty for no retry
     */
    Optional<Duration> next(ErrorDetails answer, Throwable thrown, String address, boolean isSent);

    /**
     * Returns the exception for the caller after the last failed attempt.
     *
     * @param answer the error of the last attempt
     * @param isEarlierInDoubt whether the outcome of an earlier attempt is unknown
     */
    RuntimeException failure(ErrorDetails answer, Throwable cause, boolean isEarlierInDoubt);
}
