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
 * The unfinished transactions in a database's table at one moment, in groups. Immutable.
 *
 * @param took how long the count query took
 */
public record OpenCounts(List<Group> groups, Duration took) {
    /** No transactions. */
    public static final OpenCounts NONE = new OpenCounts(List.of(), Duration.ZERO);

    /**
     * The transactions with equal properties.
     *
     * @param reason for which they are parked; null if they are not parked
     * @param participant the participant whose call was repeated before they were parked, or empty
     * @param error the error text with which they are parked; empty if the groups are not by error text
     * @param count at least 1
     * @param since when the first of them was parked; null if they are not parked
     * @param overdue the number of due transactions without an owner
     * @param overdueAge how long the first overdue transaction has been due; zero if there is none
     */
    public record Group(
            Pattern pattern,
            TransactionState state,
            @Nullable ParkReason reason,
            String participant,
            String error,
            boolean awaitsApproval,
            long count,
            @Nullable Instant since,
            long overdue,
            Duration overdueAge) {}

    /** Returns the sum of the counts of matching groups. */
    public long sum(Predicate<Group> isSuch) {
        return groups.stream().filter(isSuch).mapToLong(Group::count).sum();
    }

    /** Returns the number of due transactions without an owner. */
    public long overdue() {
        return groups.stream().mapToLong(Group::overdue).sum();
    }

    /** Returns how long the first overdue transaction has been due; zero if there is none. */
    public Duration overdueAge() {
        return groups.stream()
                .map(Group::overdueAge)
                .max(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
    }
}
