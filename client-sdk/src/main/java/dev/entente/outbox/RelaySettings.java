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

    static final RelaySettings DEFAULT = new RelaySettings(
            100,
            null,
            Retry.exponential(Duration.ofSeconds(1), Duration.ofMinutes(5), Integer.MAX_VALUE),
            Duration.ofDays(3),
            Duration.ofSeconds(10),
            Duration.ofSeconds(20),
            Duration.ofDays(7));

    /** How long to sleep when there is nothing to do; shorter where nobody wakes the relay. */
    Duration poll(boolean isWoken) {
        if (poll != null) {
            return poll;
        }
        return isWoken ? POLL : POLL_ALONE;
    }

    /** How long a close awaits calls and writes down what they came to. */
    Duration longestClose() {
        return callTimeout.plus(Carriers.GRACE).plus(databaseTimeout);
    }

    RelaySettings withInFlight(int messages) {
        return new RelaySettings(messages, poll, retry, giveUpAfter, callTimeout, databaseTimeout, keepSent);
    }

    RelaySettings withPoll(Duration interval) {
        return new RelaySettings(inFlight, interval, retry, giveUpAfter, callTimeout, databaseTimeout, keepSent);
    }

    RelaySettings withRetry(Retry policy) {
        return new RelaySettings(inFlight, poll, policy, giveUpAfter, callTimeout, databaseTimeout, keepSent);
    }

    RelaySettings withGiveUpAfter(Duration length) {
        return new RelaySettings(inFlight, poll, retry, length, callTimeout, databaseTimeout, keepSent);
    }

    RelaySettings withCallTimeout(Duration perAttempt) {
        return new RelaySettings(inFlight, poll, retry, giveUpAfter, perAttempt, databaseTimeout, keepSent);
    }

    RelaySettings withDatabaseTimeout(Duration perAnswer) {
        return new RelaySettings(inFlight, poll, retry, giveUpAfter, callTimeout, perAnswer, keepSent);
    }

    RelaySettings withKeepSent(Duration retention) {
        return new RelaySettings(inFlight, poll, retry, giveUpAfter, callTimeout, databaseTimeout, retention);
    }
}
