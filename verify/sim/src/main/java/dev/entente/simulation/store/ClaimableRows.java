package dev.entente.simulation.store;

import dev.entente.server.codec.PlanCodec;
import dev.entente.server.store.Bucket;
import dev.entente.server.store.DueWork;
import dev.entente.server.store.OpenRow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Finds the open rows that may be claimed, in the order in which they are. It changes nothing. Used under the lock of
 * the {@link Tables}.
 */
public final class ClaimableRows {
    private final NavigableMap<String, OpenRow> open;
    private final HeldBackColumn heldBackBy;
    private final Supplier<Instant> clock;

    ClaimableRows(NavigableMap<String, OpenRow> open, HeldBackColumn heldBackBy, Supplier<Instant> clock) {
        this.open = open;
        this.heldBackBy = heldBackBy;
        this.clock = clock;
    }

    /** Tells where rows are due or held back. */
    DueWork work() {
        Set<Integer> due = new TreeSet<>();
        open.values().stream()
                .filter(row -> isDue(row) && heldBackBy.isNull(row))
                .forEach(row -> due.add(Bucket.of(row.gid())));
        return new DueWork(new ArrayList<>(due), heldBackBy.heldBack(open.values(), clock.get()));
    }

    /** Returns the rows of a bucket that are due and not held back, the oldest due time first. */
    Stream<OpenRow> due(int bucket) {
        return oldestFirst(row -> Bucket.of(row.gid()) == bucket && isDue(row) && heldBackBy.isNull(row));
    }

    /** Returns the rows that this participant holds back, the oldest due time first. */
    Stream<OpenRow> heldBack(String participant, boolean onlyDue) {
        return oldestFirst(row -> heldBackBy.isHeldBackBy(participant, row) && (!onlyDue || isDue(row)));
    }

    /** Returns the rows of that incarnation behind that gid, by gid. */
    Stream<OpenRow> ownedBy(long incarnation, String afterGid) {
        return open.tailMap(afterGid, false).values().stream().filter(row -> Objects.equals(row.owner(), incarnation));
    }

    private Stream<OpenRow> oldestFirst(Predicate<OpenRow> wanted) {
        return open.values().stream()
                .filter(wanted)
                .sorted(Comparator.comparing(row -> Objects.requireNonNull(row.dueAt())));
    }

    private boolean isDue(OpenRow row) {
        return row.owner() == null
                && row.dueAt() != null
                && !row.dueAt().isAfter(clock.get())
                && row.format() <= PlanCodec.format();
    }
}
