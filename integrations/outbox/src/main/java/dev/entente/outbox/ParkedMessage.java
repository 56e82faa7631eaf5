package dev.entente.outbox;

import java.time.Instant;
import java.util.Optional;

/**
 * A message that waits for an operator.
 *
 * @param destination the carrier, address and method: {@code grpc stock shop.v1.StockService/Reserve}
 * @param key its ordering key, if it has one
 * @param attempts how often its delivery was attempted since it was enqueued or last retried
 * @param error why the last attempt failed
 * @param blocks how many messages of its key wait behind it; counted to 1000
 */
public record ParkedMessage(
        String id,
        String destination,
        Optional<String> key,
        int attempts,
        String error,
        Instant enqueuedAt,
        Instant parkedAt,
        long blocks) {}
