package dev.entente.simulation.store;

import dev.entente.server.codec.PlanCodec;
import dev.entente.server.store.Bucket;
import dev.entente.server.store.DueWork;
import dev.entente.server.store.OpenRow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the open rows that may be claimed, in the order of the claims. This class changes no row. Used under the lock
 * of the {@link Tables}.
 */
public final class ClaimableRows {
    private final NavigableMap<String, OpenRow> open;
    /** The column {@code held_back_by}: the participant for whose capacity each row at rest waits. */
    private final Map<String, String> heldBackBy = new HashMap<>();

    private final Supplier<Instant> clock;

    ClaimableRows(NavigableMap<String, OpenRow> open, Supplier<Instant> clock) {
        this.open = open;
        this.clock = clock;
    }

    /** Returns the buckets with due rows, and the participants that hold back rows. */
    DueWork work() {
        Set<Integer> due = new TreeSet<>();
        open.values().stream()
                .filter(row -> isDue(row) && !isHeldBack(row))
                .forEach(row -> due.add(Bucket.of(row.gid())));
        return new DueWork(new ArrayList<>(due), heldBack());
    }

    /** Returns the rows of a bucket that are due and not held back, the oldest due time first. */
    Stream<OpenRow> due(int bucket) {
        return oldestFirst(row -> Bucket.of(row.gid()) == bucket && isDue(row) && !isHeldBack(row));
    }

    /** Returns the rows that this participant holds back, the oldest due time first. */
    Stream<OpenRow> heldBack(String participant, boolean onlyDue) {
        return oldestFirst(row -> isHeldBackBy(participant, row) && (!onlyDue || isDue(row)));
    }

    /** Returns the rows of that incarnation after that gid, by gid. */
    Stream<OpenRow> ownedBy(long incarnation, String afterGid) {
        return open.tailMap(afterGid, false).values().stream().filter(row -> Objects.equals(row.owner(), incarnation));
    }

    /** Writes the column {@code held_back_by} of one row. */
    void hold(String gid, @Nullable String participant) {
        if (participant == null) {
            heldBackBy.remove(gid);
        } else {
            heldBackBy.put(gid, participant);
        }
    }

    boolean isHeldBack(OpenRow row) {
        return heldBackBy.containsKey(row.gid());
    }

    private boolean isHeldBackBy(@Nullable String participant, OpenRow row) {
        return participant != null
                && row.owner() == null
                && row.dueAt() != null
                && participant.equals(heldBackBy.get(row.gid()));
    }

    /** Returns the participants that hold back rows, by name, and whether one of their rows is due. */
    private List<DueWork.HeldBack> heldBack() {
        Map<String, Boolean> isDue = new TreeMap<>();
        for (OpenRow row : open.values()) {
            String participant = heldBackBy.get(row.gid());
            if (participant != null && isHeldBackBy(participant, row)) {
                boolean isPast = !Objects.requireNonNull(row.dueAt()).isAfter(clock.get());
                isDue.merge(participant, isPast, Boolean::logicalOr);
            }
        }
        List<DueWork.HeldBack> all = new ArrayList<>();
        isDue.forEach((participant, due) -> all.add(new DueWork.HeldBack(participant, due)));
        return all;
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
