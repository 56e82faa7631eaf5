package dev.entente.server.telemetry;

import java.time.Duration;
import java.util.function.LongSupplier;

/** Allows one log line per minute, and counts the events without a line for the next line. Thread-safe. */
public final class RateLimitedLog {
    /** The result if no line is due. */
    public static final int WITHHELD = -1;

    private static final Duration PAUSE = Duration.ofMinutes(1);

    private final LongSupplier nanos;
    private boolean hasReported;
    private long reportedNanos;
    private int unreported;

    /** @param nanos a monotonic clock */
    public RateLimitedLog(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Returns the number of events withheld since the last line, or {@link #WITHHELD} if this event is withheld. */
    public synchronized int due() {
        long now = nanos.getAsLong();
        if (hasReported && now - reportedNanos < PAUSE.toNanos()) {
            unreported++;
            return WITHHELD;
        }
        hasReported = true;
        reportedNanos = now;
        int before = unreported;
        unreported = 0;
        return before;
    }
}
