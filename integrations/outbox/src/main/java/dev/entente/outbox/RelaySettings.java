package dev.entente.outbox;

import dev.entente.client.Retry;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a relay that its user may change.
 *
 * @param inFlight the limit of messages in flight to one destination
 * @param poll the sleep when there is no work; null for the default
 * @param retry how often a message is attempted, and the waits between attempts
 * @param giveUpAfter the time from the first attempt after which an unanswered message is parked
 * @param callTimeout of one attempt
 * @param databaseTimeout of each answer of the database
 * @param keepSent how long the record of a delivered message is kept
 */
record RelaySettings(
        int inFlight,
        @Nullable Duration poll,
        Retry retry,
        Duration giveUpAfter,
        Duration callTimeout,
        Duration databaseTimeout,
        Duration keepSent) {
    private static final Duration POLL = Duration.ofSeconds(5);
    private static final Duration POLL_ALONE = Duration.ofMillis(500);
    /** The longest wait of a claimed message in memory before its attempt. */
    private static final Duration LONGEST_IN_MEMORY = Duration.ofSeconds(5);
    /** The time to record the result of the last attempt. */
    private static final Duration TO_SETTLE = Duration.ofSeconds(5);

    /** Returns how long a row is claimed: enough for an attempt that begins late, and for recording its result. */
    Duration claim() {
        return LONGEST_IN_MEMORY.plus(longestCall()).plus(TO_SETTLE);
    }

    /** Returns how long after its claim an attempt may begin. */
    Duration longestInMemory() {
        return LONGEST_IN_MEMORY;
    }

    private Duration longestCall() {
        return callTimeout.plus(Carriers.GRACE);
    }

    /**
     * Returns how long to sleep when there is no work. The sleep is shorter without notifications. It is never longer
     * than a claim, because the rows of a relay that died cause no notification.
     */
    Duration poll(boolean isWoken) {
        Duration chosen = poll != null ? poll : isWoken ? POLL : POLL_ALONE;
        return chosen.compareTo(claim()) < 0 ? chosen : claim();
    }

    /** Returns how long a close waits for calls and for recording their results. */
    Duration longestClose() {
        return longestCall().plus(databaseTimeout);
    }
}
