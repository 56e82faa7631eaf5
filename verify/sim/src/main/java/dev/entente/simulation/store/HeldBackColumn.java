package dev.entente.simulation.store;

import dev.entente.server.store.DueWork;
import dev.entente.server.store.OpenRow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The column {@code held_back_by}, and its index: which participant each row at rest waits on for room. */
public final class HeldBackColumn {
    private final Map<String, String> participants = new HashMap<>();

    /** Writes the column of one row. */
    void write(String gid, @Nullable String participant) {
        if (participant == null) {
            participants.remove(gid);
        } else {
            participants.put(gid, participant);
        }
    }

    /** Returns whether the column of that row is null. */
    boolean isNull(OpenRow row) {
        return !participants.containsKey(row.gid());
    }

    /** Returns whether that row is in the part of the index that belongs to this participant. */
    boolean isHeldBackBy(String participant, OpenRow row) {
        return row.owner() == null && row.dueAt() != null && participant.equals(participants.get(row.gid()));
    }

    /** Returns the participants in the index, by name, each with whether one of its rows is due. */
    List<DueWork.HeldBack> heldBack(Collection<OpenRow> rows, Instant now) {
        Map<String, Boolean> isDue = new TreeMap<>();
        for (OpenRow row : rows) {
            String participant = participants.get(row.gid());
            if (participant != null && isHeldBackBy(participant, row)) {
                isDue.merge(participant, isPast(row.dueAt(), now), Boolean::logicalOr);
            }
        }
        List<DueWork.HeldBack> all = new ArrayList<>();
        isDue.forEach((participant, due) -> all.add(new DueWork.HeldBack(participant, due)));
        return all;
    }

    private static boolean isPast(@Nullable Instant due, Instant now) {
        return due != null && !due.isAfter(now);
    }
}
