package dev.entente.outbox;

import java.time.Duration;

/**
 * How an outbox stands.
 *
 * @param pending messages that are due, or will be: those parked are not among them, those behind one that is are;
 *     counted to 10,000, estimated beyond
 * @param oldest how long ago the oldest message that is not delivered was enqueued, parked ones included; zero if there
 *     is none
 * @param parked messages that wait for a person; counted to 10,000
 */
public record Backlog(long pending, Duration oldest, long parked) {}
