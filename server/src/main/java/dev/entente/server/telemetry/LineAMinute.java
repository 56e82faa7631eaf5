package dev.entente.server.telemetry;

import java.time.Duration;
import java.util.function.LongSupplier;

/** Lets one event a minute be logged, and counts the others for the next line. Thread-safe. */
public final class LineAMinute {
    /** Returned where no line is due. */
    public static final int WITHHELD = -1;

    private static final Duration PAUSE = Duration.ofMinutes(1);

    private final LongSupplier nanos;
    private boolean hasTold;
    private long toldNanos;
    private int untold;

    /** @param nanos a clock that only goes forward */
    public LineAMinute(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Returns how many events were withheld since the last line, or {@link #WITHHELD} for this one, too. */
    public synchronized int due() {
        long now = nanos.getAsLong();
        if (hasTold && now - toldNanos < PAUSE.toNanos()) {
            untold++;
            return WITHHELD;
        }
        hasTold = true;
        toldNanos = now;
        int before = untold;
        untold = 0;
        return before;
    }
}
