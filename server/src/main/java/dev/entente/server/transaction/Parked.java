package dev.entente.server.transaction;

import java.time.Instant;

/** The mark on a transaction that waits for an operator. */
public record Parked(ParkReason reason, String detail, Instant since) {}
