package dev.entente.outbox;

import java.time.Duration;

/**
 * How an outbox stands.
 *
 * @param pending messages that are due, or will be: those parked are not among them, those behind one that is are;
 *     counted to 100,000
 * @param oldest how long ago the oldest message that is not delivered was enqueued, parked ones included; zero if there
 *     is none
 * @param parked messages that wait for a person; counted to 100,000
 */
public record Backlog(long pending, Duration oldest, long parked) {
    static final Backlog NONE = new Backlog(0, Duration.ZERO, 0);
}
