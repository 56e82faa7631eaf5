package dev.entente.outbox;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The times of the first attempts that an address did not accept, by the ids of the messages. Each relay keeps its own
 * times. A message may get a minute or two more on another relay, which is harmless. For one thread.
 */
final class MisconfiguredMessages {
    private static final Duration LONGEST = Duration.ofMinutes(1);
    /**
     * The age after which an entry is ignored, because another relay had the message meanwhile. This age is longer than
     * {@link #LONGEST} and the longest wait between attempts.
     */
    private static final Duration STALE = Duration.ofMinutes(10);

    private static final int MAX_KEPT = 10_000;

    private final LongSupplier nanos;
    private final Map<String, Long> since = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
            return size() > MAX_KEPT; // the removed message gets another minute
        }
    };

    /** @param nanos a monotonic clock */
    MisconfiguredMessages(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Returns whether to try again: true for a minute, then false once, then true for another minute. */
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

    /**
     * Forgets a message after another answer or no answer. After the next misconfigured attempt, the message gets a
     * full minute again.
     */
    void forget(String id) {
        since.remove(id);
    }
}
