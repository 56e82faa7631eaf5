package dev.entente.server.participant.limit;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * The limit of concurrent calls to a participant during its recovery. The limit is low at first, grows by one with each
 * response, and is halved with each call without a response in time. Otherwise all waiting calls would arrive at the
 * same moment, and would get no response in time. Thread-safe.
 *
 * <p>The idea is TCP's: Jacobson, "Congestion Avoidance and Control", 1988.
 */
final class SlowStart {
    /** The limit right after a recovery. */
    static final int FIRST = 16;

    private final int most;
    private final int first;
    private final AtomicInteger allowed;

    /** @param most the limit in normal operation */
    SlowStart(int most) {
        this.most = most;
        this.first = Math.min(most, FIRST);
        this.allowed = new AtomicInteger(most);
    }

    /** Returns the current limit. */
    int allowed() {
        return allowed.get();
    }

    /** Returns whether the limit is that of normal operation. */
    boolean isOver() {
        return allowed.get() >= most;
    }

    /** Sets the low limit, because the participant has recovered. */
    void begin() {
        allowed.set(first);
    }

    /** Raises the limit after a response. */
    void answered() {
        if (allowed.get() < most) {
            allowed.updateAndGet(now -> Math.min(most, now + 1));
        }
    }

    /** Lowers the limit after a call without a response in time. */
    void unanswered() {
        if (allowed.get() < most) {
            allowed.updateAndGet(now -> Math.max(first, now / 2));
        }
    }
}
