package dev.entente.server.store;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs why the database does not answer questions for the moment, or refuses them: whoever asks is not told. It logs the
 * first, the second, the fourth and so on, since there was none for a minute. Thread-safe.
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
        if (DatabaseFault.isUnavailable(failure)) {
            long times = count();
            if (Long.bitCount(times) == 1) {
                LOG.warn(
                        "the database does not answer queries ({} so far): {}",
                        times,
                        DatabaseFault.serversLine(failure));
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
