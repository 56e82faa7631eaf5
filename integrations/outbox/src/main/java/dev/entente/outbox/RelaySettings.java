package dev.entente.outbox;

import dev.entente.client.Retry;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a relay that its user may change.
 *
 * @param inFlight how many messages are under way to one destination at most
 * @param poll how long to sleep when there is nothing to do; null if nobody has said
 * @param retry how often a message is attempted, and the waits between
 * @param giveUpAfter how long after its first attempt a message that is not answered is parked
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
    /** How long after its claim a message may wait in memory for its turn. */
    private static final Duration LONGEST_IN_MEMORY = Duration.ofSeconds(5);
    /** To write down what the last attempt came to. */
    private static final Duration TO_SETTLE = Duration.ofSeconds(5);

    /** How long a row is claimed: an attempt that begins late still ends, and is written down, within that. */
    Duration claim() {
        return LONGEST_IN_MEMORY.plus(longestCall()).plus(TO_SETTLE);
    }

    /** How long after its claim an attempt may begin. */
    Duration longestInMemory() {
        return LONGEST_IN_MEMORY;
    }

    private Duration longestCall() {
        return callTimeout.plus(Carriers.GRACE);
    }

    /**
     * How long to sleep when there is nothing to do: shorter where nobody wakes the relay, and never longer than a
     * claim, for a relay that died leaves rows of which nobody tells.
     */
    Duration poll(boolean isWoken) {
        Duration chosen = poll != null ? poll : isWoken ? POLL : POLL_ALONE;
        return chosen.compareTo(claim()) < 0 ? chosen : claim();
    }

    /** How long a close awaits calls and writes down what they came to. */
    Duration longestClose() {
        return longestCall().plus(databaseTimeout);
    }
}
