package dev.entente.outbox;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Since when messages meet nobody where they are addressed. Known to this relay alone, for a minute or two that begins
 * again with another relay does no harm. For one thread.
 */
final class Misdirected {
    private static final Duration LONGEST = Duration.ofMinutes(1);
    private static final int MOST_KEPT = 10_000;

    private final LongSupplier nanos;
    private final Map<String, Long> since = new HashMap<>();

    /** @param nanos a clock that only goes forward */
    Misdirected(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Tells whether to try again; it is told so for a minute, and from the next time on anew. */
    boolean mayPass(String id) {
        if (since.size() >= MOST_KEPT) {
            since.clear(); // delivered ones among them; each that is left gets another minute
        }
        long now = nanos.getAsLong();
        boolean mayPass = now - since.computeIfAbsent(id, first -> now) < LONGEST.toNanos();
        if (!mayPass) {
            since.remove(id);
        }
        return mayPass;
    }

    /** Has it begin anew: it was answered otherwise, or not at all. */
    void forget(String id) {
        since.remove(id);
    }
}
