package dev.entente.server.store;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs the questions that a running database refuses for the moment. It logs the first, the second, the fourth and so
 * on, since it refused none for a minute. Thread-safe.
 */
final class RefusedQuestions {
    /** Questions about other tables are answered meanwhile, so that an answer does not say that it is over. */
    static final Duration QUIET = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(RefusedQuestions.class);

    private final LongSupplier nanos;
    private long refused;
    private long lastNanos;

    RefusedQuestions(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Counts a failure, if it is one that passes. */
    void met(Throwable failure) {
        if (DatabaseFault.isRefusedForNow(failure)) {
            long times = count();
            if (Long.bitCount(times) == 1) {
                LOG.warn("the database refuses queries ({} so far): {}", times, DatabaseFault.serversLine(failure));
            }
        }
    }

    private synchronized long count() {
        long now = nanos.getAsLong();
        refused = refused > 0 && now - lastNanos > QUIET.toNanos() ? 1 : refused + 1;
        lastNanos = now;
        return refused;
    }
}
