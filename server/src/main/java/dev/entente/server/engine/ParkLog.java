package dev.entente.server.engine;

import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.TransactionState;
import dev.entente.core.transaction.VisibleText;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log of parked transactions for operators: one line with the gid, the state, the reason and the possible actions. If more
 * transactions are parked within a minute than the limit of lines, one line at the end of the minute contains the
 * number of the other transactions. Thread-safe.
 */
final class ParkLog {
    /** The number of lines within a minute. Further transactions are only counted. */
    static final int LINES = 20;

    static final Duration MINUTE = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(ParkLog.class);

    private final EngineEnvironment environment;
    private final Map<ParkReason, Integer> unreported = new EnumMap<>(ParkReason.class);
    private Instant minuteBegan = Instant.MIN;
    private int lines;

    ParkLog(EngineEnvironment environment) {
        this.environment = environment;
    }

    /** Logs a parked transaction. Called when the mark is durable. */
    synchronized void parked(String gid, TransactionState state, Parked mark, boolean mayAbort) {
        Instant now = environment.now();
        if (unreported.isEmpty()
                && (lines == 0 || Duration.between(minuteBegan, now).compareTo(MINUTE) >= 0)) {
            minuteBegan = now;
            lines = 0;
        }
        if (lines < LINES) {
            lines++;
            LOG.warn(
                    "{} is PARKED while {}: {}: {}; {}",
                    VisibleText.of(gid),
                    state,
                    mark.reason(),
                    VisibleText.of(mark.detail()),
                    mark.advice(mayAbort));
            return;
        }
        if (unreported.isEmpty()) {
            environment.timers().schedule(MINUTE.minus(Duration.between(minuteBegan, now)), this::reportTheRest);
        }
        unreported.merge(mark.reason(), 1, Integer::sum);
    }

    private synchronized void reportTheRest() {
        int count = unreported.values().stream().mapToInt(Integer::intValue).sum();
        LOG.warn(
                "{} more transactions were parked within a minute: {}; `entente tx list --parked` shows these"
                        + " transactions with the possible operations",
                count,
                unreported.toString()); // now, because an appender may format later
        unreported.clear();
        lines = 0;
    }
}
