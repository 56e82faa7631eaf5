package dev.entente.server.participant.limit;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The number of calls that may be under way to a participant. After its return they are few at first, one more with
 * each answer, and half as many with each call that is not answered in time. Otherwise all that waited for it would
 * arrive at one moment, and none would be answered in time. Thread-safe.
 *
 * <p>The idea is TCP's: Jacobson, "Congestion Avoidance and Control", 1988.
 */
final class SlowStart {
    /** Calls under way at first. */
    static final int FIRST = 16;

    private final int most;
    private final int first;
    private final AtomicInteger allowed;

    /** @param most calls under way when nothing is wrong */
    SlowStart(int most) {
        this.most = most;
        this.first = Math.min(most, FIRST);
        this.allowed = new AtomicInteger(most);
    }

    /** Returns how many may be under way now. */
    int allowed() {
        return allowed.get();
    }

    /** Tells whether as many may be under way as when nothing is wrong. */
    boolean isOver() {
        return allowed.get() >= most;
    }

    /** The participant has come back. */
    void begin() {
        allowed.set(first);
    }

    /** A call was answered. */
    void answered() {
        if (allowed.get() < most) {
            allowed.updateAndGet(now -> Math.min(most, now + 1));
        }
    }

    /** A call was not answered in time. */
    void unanswered() {
        if (allowed.get() < most) {
            allowed.updateAndGet(now -> Math.max(first, now / 2));
        }
    }
}
