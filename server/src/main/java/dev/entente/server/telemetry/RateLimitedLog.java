package dev.entente.server.telemetry;

import java.time.Duration;
import java.util.function.LongSupplier;

/** Limits the log lines of a period, and counts the events without a line for the next line. Thread-safe. */
public final class RateLimitedLog {
    /** The result if no line is due. */
    public static final int WITHHELD = -1;

    private final LongSupplier nanos;
    private final int lines;
    private final Duration period;
    private boolean hasBegun;
    private long beganNanos;
    private int reported;
    private int unreported;

    /**
     * Allows one line per minute.
     *
     * @param nanos a monotonic clock
     */
    public RateLimitedLog(LongSupplier nanos) {
        this(nanos, 1, Duration.ofMinutes(1));
    }

    RateLimitedLog(LongSupplier nanos, int lines, Duration period) {
        this.nanos = nanos;
        this.lines = lines;
        this.period = period;
    }

    /** Returns the number of events withheld since the last line, or {@link #WITHHELD} if this event is withheld. */
    public synchronized int due() {
        long now = nanos.getAsLong();
        if (!hasBegun || now - beganNanos >= period.toNanos()) {
            hasBegun = true;
            beganNanos = now;
            reported = 0;
        }
        if (reported == lines) {
            unreported++;
            return WITHHELD;
        }
        reported++;
        int before = unreported;
        unreported = 0;
        return before;
    }
}
