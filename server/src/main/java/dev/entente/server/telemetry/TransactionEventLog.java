package dev.entente.server.telemetry;

import com.google.protobuf.ByteString;
import dev.entente.core.decision.Decision;
import dev.entente.core.decision.Event;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.VisibleText;
import dev.entente.wire.TraceParent;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * The log of single transactions: each event of the selected transactions, and one line for each slow transaction.
 * Never contains payloads. Without a selection and a limit, no object is allocated. Thread-safe.
 */
public final class TransactionEventLog {
    /** The limit of transactions that operators select at run time. */
    static final int MAX_GIDS = 64;

    static final int LINES_PER_SECOND = 200;

    private static final Logger LOG = LoggerFactory.getLogger(TransactionEventLog.class);

    private final Set<String> configured;
    private final Duration slow;
    private final LongSupplier nanos;
    private final Map<String, Long> selectedUntilNanos = new ConcurrentHashMap<>();
    private final RateLimitedLog debugLines;
    private final RateLimitedLog slowLines;

    /**
     * @param configured the transactions that are always selected
     * @param slow the time after which a transaction is slow; zero: no transaction is slow
     * @param nanos a monotonic clock
     */
    public TransactionEventLog(Set<String> configured, Duration slow, LongSupplier nanos) {
        this.configured = configured;
        this.slow = slow;
        this.nanos = nanos;
        this.debugLines = new RateLimitedLog(nanos, LINES_PER_SECOND, Duration.ofSeconds(1));
        this.slowLines = new RateLimitedLog(nanos, 1, Duration.ofSeconds(1));
    }

    /**
     * Selects a transaction and its children for that time. A repeated selection replaces the time.
     *
     * @throws Refusal ENT-057 if {@link #MAX_GIDS} other transactions are selected
     */
    public synchronized void select(String gid, Duration time) {
        long now = nanos.getAsLong();
        selectedUntilNanos.values().removeIf(until -> until - now <= 0);
        if (selectedUntilNanos.size() >= MAX_GIDS && !selectedUntilNanos.containsKey(gid)) {
            throw Refusal.of(
                    ErrorCode.DEBUG_LOG_FULL,
                    "'" + gid + "' is not logged: " + MAX_GIDS + " other transactions are selected; wait until a"
                            + " selection expires");
        }
        selectedUntilNanos.put(gid, now + time.toNanos());
    }

    /**
     * Records an event of a transaction in memory.
     *
     * @param known the result for the previous event; null for the first event
     * @return the times, or null if the transaction is neither logged nor measured
     */
    public @Nullable TransactionTimes decided(
            @Nullable TransactionTimes known, GlobalTransaction before, Event event, Decision decision, Instant now) {
        boolean isSelected = isSelected(before.gid());
        boolean isLogged = isSelected || LOG.isDebugEnabled();
        if (known == null && !isLogged && slow.isZero()) {
            return null;
        }
        TransactionTimes times = known == null ? new TransactionTimes(before, event, now, nanos) : known;
        Duration took = times.decided(event, decision);
        if (isLogged) {
            DebugLine.of(before, event, decision, known == null, took)
                    .forEach(line -> about(before, line.branch(), () -> log(line.text(), isSelected)));
        }
        return times;
    }

    private boolean isSelected(String gid) {
        if (configured.isEmpty() && selectedUntilNanos.isEmpty()) {
            return false;
        }
        int slash = gid.indexOf('/');
        String root = slash < 0 ? gid : gid.substring(0, slash);
        Long until = selectedUntilNanos.get(root);
        return configured.contains(root) || (until != null && until - nanos.getAsLong() > 0);
    }

    private void log(String text, boolean isSelected) {
        int suppressed = isSelected ? debugLines.due() : 0;
        if (suppressed > 0) {
            LOG.info("{} lines about selected transactions were suppressed", suppressed);
        }
        if (isSelected && suppressed >= 0) {
            LOG.info(text);
        } else {
            LOG.debug(text);
        }
    }

    /** Logs a transaction that has durably finished, if the transaction is slow. */
    public void finished(TransactionTimes times, GlobalTransaction transaction, Instant now) {
        Duration lived = Duration.between(TransactionTimes.start(transaction), now);
        boolean isSlow = !slow.isZero() && lived.compareTo(slow) > 0;
        int suppressed = isSlow ? slowLines.due() : RateLimitedLog.WITHHELD;
        if (suppressed != RateLimitedLog.WITHHELD) {
            String text = VisibleText.of(transaction.gid()) + " " + transaction.state() + " after "
                    + TransactionTimes.seconds(lived.toNanos()) + ": " + times.report();
            String more = suppressed == 0 ? "" : "; " + suppressed + " more slow transactions since the last such line";
            about(transaction, "", () -> LOG.warn("{}{}", text, more));
        }
    }

    /** Runs a task whose log lines have the gid, the branch and the trace id as fields. */
    public static void about(GlobalTransaction transaction, String branch, Runnable task) {
        String gid = transaction.gid();
        ByteString trace = transaction.plan().trace();
        String id = trace == null
                ? TraceParent.traceIdOf(gid)
                : TraceParent.of(trace.toByteArray()).traceId();
        try (var _ = MDC.putCloseable("gid", gid);
                var _ = MDC.putCloseable("branch", branch);
                var _ = MDC.putCloseable("traceId", id)) {
            task.run();
        }
    }
}
