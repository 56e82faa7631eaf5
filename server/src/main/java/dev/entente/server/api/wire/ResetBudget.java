package dev.entente.server.api.wire;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Bounds how many calls a connection may give up in a while. One that is given up within a second or two of its begin
 * has a smaller budget: whoever loses patience with all calls at once is no attacker, whoever never has any is. For one
 * event loop.
 */
final class ResetBudget {
    /** A client may give up all its calls at once. */
    private static final int MAX_RESET_FRAMES = 10_000;

    private static final int MAX_EARLY_RESET_FRAMES = 2_000;
    private static final long EARLY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LongSupplier nanos;
    private final FrameBudget all;
    private final FrameBudget early;
    private long markedNanos;
    /** The newest stream when it was marked last. */
    private int marked;
    /** Streams up to it began a second ago, or earlier. */
    private int old;

    private int newest;

    ResetBudget(LongSupplier nanos) {
        this.nanos = nanos;
        all = new FrameBudget(MAX_RESET_FRAMES, nanos);
        early = new FrameBudget(MAX_EARLY_RESET_FRAMES, nanos);
        markedNanos = nanos.getAsLong();
    }

    /** Notes that a stream has begun. Their numbers rise. */
    void begins(int stream) {
        mark();
        newest = stream;
    }

    /** Counts a reset, and tells whether it is one too many. */
    boolean isExceededBy(int stream) {
        mark();
        boolean isTooEarly = stream > old && early.isExceeded();
        return all.isExceeded() || isTooEarly;
    }

    private void mark() {
        long now = nanos.getAsLong();
        long elapsed = now - markedNanos;
        if (elapsed >= EARLY_NANOS) {
            old = elapsed >= 2 * EARLY_NANOS ? newest : marked;
            marked = newest;
            markedNanos = now;
        }
    }
}
