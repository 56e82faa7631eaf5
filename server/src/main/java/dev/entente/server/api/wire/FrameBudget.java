package dev.entente.server.api.wire;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Bounds how many frames of one kind a connection may send in a while. A frame costs an addition and a comparison; the
 * clock is read twice for each full count. For one event loop.
 */
final class FrameBudget {
    private static final int WINDOW_SECONDS = 10;
    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(WINDOW_SECONDS);
    private static final long SUDDEN_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final int most;
    private final LongSupplier nanos;
    private long sinceNanos;
    private long halfNanos;
    private int count;

    /** @param most frames within ten seconds; at worst twice as many pass in one burst */
    FrameBudget(int most, LongSupplier nanos) {
        this.most = most;
        this.nanos = nanos;
        this.sinceNanos = nanos.getAsLong();
    }

    /** Counts a frame, and tells whether it is one too many. */
    boolean isExceeded() {
        count++;
        if (count == most / 2) {
            halfNanos = nanos.getAsLong();
        }
        return count > most && isTooFast();
    }

    /** Tells whether the second half of what was too much came at once. Calls that time out take their time. */
    boolean wasSudden() {
        return nanos.getAsLong() - halfNanos < SUDDEN_NANOS;
    }

    private boolean isTooFast() {
        long now = nanos.getAsLong();
        if (now - sinceNanos < WINDOW_NANOS) {
            return true;
        }
        sinceNanos = now;
        count = 1;
        return false;
    }
}
