package dev.entente.outbox;

import dev.entente.client.Retry;
import java.time.Duration;

/**
 * What a user may change of a relay.
 *
 * @param batch how many messages one claim takes at most
 * @param poll how long to sleep when there is nothing to do
 * @param retry how often a message is attempted, and the waits between
 * @param callTimeout of one attempt; no attempt of a batch starts later than this after its claim
 * @param keepSent how long the record of a delivered message is kept
 */
record RelaySettings(int batch, Duration poll, Retry retry, Duration callTimeout, Duration keepSent) {
    static final RelaySettings DEFAULT = new RelaySettings(
            100,
            Duration.ofSeconds(5),
            Retry.exponential(Duration.ofSeconds(1), Duration.ofMinutes(5), 5),
            Duration.ofSeconds(10),
            Duration.ofDays(7));

    /**
     * How long a transaction of ours may stand idle before the database ends it, and gives its messages to others: a
     * batch starts calls for one timeout, and awaits them for another.
     */
    Duration longestBatch() {
        return callTimeout.multipliedBy(3).plusSeconds(5);
    }

    RelaySettings withBatch(int messages) {
        return new RelaySettings(messages, poll, retry, callTimeout, keepSent);
    }

    RelaySettings withPoll(Duration interval) {
        return new RelaySettings(batch, interval, retry, callTimeout, keepSent);
    }

    RelaySettings withRetry(Retry policy) {
        return new RelaySettings(batch, poll, policy, callTimeout, keepSent);
    }

    RelaySettings withCallTimeout(Duration perAttempt) {
        return new RelaySettings(batch, poll, retry, perAttempt, keepSent);
    }

    RelaySettings withKeepSent(Duration retention) {
        return new RelaySettings(batch, poll, retry, callTimeout, retention);
    }
}
