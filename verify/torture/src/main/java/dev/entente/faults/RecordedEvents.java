package dev.entente.faults;

import dev.entente.client.EntenteException;
import dev.entente.faults.load.Fleet;
import dev.entente.v1.HistoryEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The histories of transactions, as a coordinator tells them. Blocks. */
final class RecordedEvents {
    private static final int AT_ONCE = 16;

    private final Fleet fleet;

    /** @param fleet patient: on a machine that is short of everything answers take long */
    RecordedEvents(Fleet fleet) {
        this.fleet = fleet;
    }

    /**
     * Returns those of these transactions that have met a fault. They were open when it began, or began later and were
     * held by the struck coordinator.
     *
     * @param from when it began
     * @param coordinator empty where it was not a single coordinator's: then all have met it
     */
    List<Lifespan> met(List<Lifespan> all, long from, String coordinator) throws Exception {
        if (coordinator.isEmpty()) {
            return all;
        }
        List<Lifespan> met = new ArrayList<>();
        try (ExecutorService asking = Executors.newFixedThreadPool(AT_ONCE)) {
            List<Future<Boolean>> answers = new ArrayList<>();
            for (Lifespan one : all) {
                answers.add(asking.submit(() -> one.begunAt() <= from || wasHeldBy(coordinator, one.gid())));
            }
            for (int i = 0; i < all.size(); i++) {
                if (answers.get(i).get()) {
                    met.add(all.get(i));
                }
            }
        }
        return met;
    }

    /** Tells whether the coordinator has held the transaction. One without an answer counts as held. */
    private boolean wasHeldBy(String coordinator, String gid) {
        List<HistoryEvent> events = events(gid);
        return events.isEmpty()
                || events.stream().anyMatch(event -> event.getNode().equals(coordinator));
    }

    private List<HistoryEvent> events(String gid) {
        try {
            return fleet.get(0).transactions().describe(gid).getHistoryList();
        } catch (EntenteException unanswered) {
            return List.of();
        }
    }

    /** A transaction and its history in lines for people, with times since then. */
    List<String> lines(Lifespan one, long from) {
        List<String> lines = new ArrayList<>();
        lines.add("  %s '%s' began %+d ms, took %d ms"
                .formatted(one.gid(), one.name(), one.begunAt() - from, one.millisSince(from)));
        for (HistoryEvent event : events(one.gid())) {
            long at = event.getTime().getSeconds() * 1000 + event.getTime().getNanos() / 1_000_000;
            lines.add("    %+7d ms %s %s %s %s %s %s"
                    .formatted(
                            at - from,
                            event.getKind(),
                            event.getBranch(),
                            event.getOp(),
                            event.getOutcome(),
                            event.getDetail(),
                            event.getNode()));
        }
        return lines;
    }
}
