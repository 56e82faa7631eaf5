package dev.entente.outbox;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Since when messages meet nobody where they are addressed. Known to this relay alone, for a minute or two that begins
 * again with another relay does no harm. For one thread.
 */
final class Misdirected {
    private static final Duration LONGEST = Duration.ofMinutes(1);
    /** More than a minute and the longest wait behind it: another relay had it in between. */
    private static final Duration STALE = Duration.ofMinutes(10);

    private static final int MOST_KEPT = 10_000;

    private final LongSupplier nanos;
    private final Map<String, Long> since = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > MOST_KEPT; // it gets another minute
        }
    };

    /** @param nanos a clock that only goes forward */
    Misdirected(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Tells whether to try again; it is told so for a minute, and from the next time on anew. */
    boolean mayPass(String id) {
        long now = nanos.getAsLong();
        Long known = since.get(id);
        if (known == null || now - known > STALE.toNanos()) {
            since.put(id, now);
            return true;
        }
        boolean mayPass = now - known < LONGEST.toNanos();
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
