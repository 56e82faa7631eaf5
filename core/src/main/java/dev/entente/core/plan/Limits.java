package dev.entente.core.plan;

import java.time.Duration;

/**
 * The size limits of a plan, and the retention of participants' barriers.
 *
 * @param payloadBytes of one request or response
 * @param planBytes of the complete plan, serialized
 * @param branches of one plan
 * @param labels of one plan
 * @param storedResponseBytes sum of the responses that a row may have to keep, each counted with {@code payloadBytes}
 * @param barrierRetention how long the participants' barriers keep their rows
 */
public record Limits(
        int payloadBytes,
        int planBytes,
        int branches,
        int labels,
        long storedResponseBytes,
        Duration barrierRetention) {
    public static final int LABELS = 16;
    public static final long STORED_RESPONSE_BYTES = 64L << 20;
    public static final Limits STANDARD =
            new Limits(1 << 20, 4 << 20, 256, LABELS, STORED_RESPONSE_BYTES, Duration.ofDays(30));
}
