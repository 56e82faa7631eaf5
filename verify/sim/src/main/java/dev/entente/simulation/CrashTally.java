package dev.entente.simulation;

import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.History;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.simulation.drawing.CallEnd;
import dev.entente.simulation.world.KillPoint;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Collects over one run which ends the branches of each transaction came to, and where processes were killed while it
 * was open.
 */
final class CrashTally {
    private final Map<String, Set<Ended>> ends = new HashMap<>();
    private final Map<String, Set<KillPoint>> crashes = new HashMap<>();

    private record Ended(String branch, StepKind kind, CallEnd end) {}

    void crashed(KillPoint point, Iterable<String> gids) {
        gids.forEach(gid -> crashes.computeIfAbsent(gid, _ -> new HashSet<>()).add(point));
    }

    /** Counts the events that a coordinator has put on record, durable or not. */
    void moved(GlobalTransaction before, GlobalTransaction after) {
        int known = before.progress().history().size();
        for (History at = after.progress().history(); at != null && at.size() > known; at = at.earlier()) {
            HistoryEvent event = at.last();
            if (event == null) {
                continue;
            }
            CallEnd end = CallEnd.of(event.fact());
            if (end != null && event.fact() instanceof Fact.OfBranch one) {
                String branch = after.plan().branches().get(one.branch()).id();
                StepKind kind = StepKind.of(after.plan(), one.branch());
                ends.computeIfAbsent(after.gid(), _ -> new HashSet<>()).add(new Ended(branch, kind, end));
            }
        }
    }

    /** Returns what there was of each cell. */
    CrashTable table() {
        CrashTable table = new CrashTable();
        crashes.forEach((gid, points) -> ends.getOrDefault(gid, Set.of())
                .forEach(ended -> points.forEach(
                        point -> table.count(new CrashTable.Cell(ended.kind(), ended.end(), point), 1))));
        return table;
    }
}
