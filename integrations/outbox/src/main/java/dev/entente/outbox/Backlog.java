package dev.entente.outbox;

import java.time.Duration;

/**
 * The state of an outbox.
 *
 * @param pending messages that are due now or later, including those behind a parked message, excluding parked
 *     messages; counted to 10,000, estimated beyond
 * @param oldest the time since the oldest undelivered message was enqueued, parked messages included; zero if there is
 *     none
 * @param parked messages that wait for an operator; counted to 10,000
 */
public record Backlog(long pending, Duration oldest, long parked) {}
