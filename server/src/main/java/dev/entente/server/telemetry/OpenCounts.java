package dev.entente.server.telemetry;

import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The unfinished transactions of a database, as its table has them at one moment, in groups. Immutable.
 *
 * @param took how long the query took by which they were counted
 */
public record OpenCounts(List<Group> groups, Duration took) {
    /** None at all. */
    public static final OpenCounts NONE = new OpenCounts(List.of(), Duration.ZERO);

    /**
     * Those that have so much in common.
     *
     * @param reason for which they are parked; null where they are not
     * @param participant whose call was repeated before they were parked, or empty
     * @param count at least 1
     * @param since when the first of them was parked; null where they are not
     * @param overdue how many of them are due and taken by nobody
     * @param overdueAge for how long the first of these is due; zero where none is
     */
    public record Group(
            Pattern pattern,
            TransactionState state,
            @Nullable ParkReason reason,
            String participant,
            boolean awaitsApproval,
            long count,
            @Nullable Instant since,
            long overdue,
            Duration overdueAge) {}

    /** Returns how many the groups of that kind have together. */
    public long sum(Predicate<Group> isSuch) {
        return groups.stream().filter(isSuch).mapToLong(Group::count).sum();
    }

    /** Returns how many are due and taken by nobody. */
    public long overdue() {
        return groups.stream().mapToLong(Group::overdue).sum();
    }

    /** Returns for how long the first of those is due; zero where none is. */
    public Duration overdueAge() {
        return groups.stream()
                .map(Group::overdueAge)
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
    }
}
