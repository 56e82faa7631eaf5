package dev.entente.server.telemetry;

import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;

/**
 * The unfinished transactions of a database, as its table has them at one moment. Filled by one thread, then not
 * changed any more.
 */
public final class OpenCounts {
    private final Map<Pattern, Map<TransactionState, Long>> open = new EnumMap<>(Pattern.class);
    private final Map<ParkReason, Long> parked = new EnumMap<>(ParkReason.class);
    private long awaitingApproval;
    private long overdue;
    private Duration overdueAge = Duration.ZERO;
    private Duration longestQuery = Duration.ZERO;

    public void addOpen(Pattern pattern, TransactionState state, long count) {
        open.computeIfAbsent(pattern, _ -> new EnumMap<>(TransactionState.class))
                .merge(state, count, Long::sum);
    }

    public void addParked(ParkReason reason, long count) {
        parked.merge(reason, count, Long::sum);
    }

    public void addAwaitingApproval(long count) {
        awaitingApproval += count;
    }

    /** @param age of the one that is due for the longest */
    public void addOverdue(long count, Duration age) {
        overdue += count;
        overdueAge = age.compareTo(overdueAge) > 0 ? age : overdueAge;
    }

    /** One of the queries by which they were counted took so long. */
    public void addQuery(Duration took) {
        longestQuery = took.compareTo(longestQuery) > 0 ? took : longestQuery;
    }

    long open(Pattern pattern, TransactionState state) {
        return open.getOrDefault(pattern, Map.of()).getOrDefault(state, 0L);
    }

    long parked(ParkReason reason) {
        return parked.getOrDefault(reason, 0L);
    }

    long awaitingApproval() {
        return awaitingApproval;
    }

    long overdue() {
        return overdue;
    }

    Duration overdueAge() {
        return overdueAge;
    }

    Duration longestQuery() {
        return longestQuery;
    }
}
