package dev.entente.simulation.reference;

import dev.entente.simulation.reference.RulePlan.BranchKind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rules of rules.md, "Attempts" 1 to 3: which calls of any coordinator have left, and which do not count. */
final class AttemptRules {
    /** The minimum time without a connection that counts as one attempt. */
    private final long timeoutMillis;

    private final List<Observation.Left> inFlight = new ArrayList<>();
    private final Map<String, Integer> left = new HashMap<>();
    private final Map<String, List<Long>> unreached = new HashMap<>();

    AttemptRules(long timeoutMillis) {
        this.timeoutMillis = timeoutMillis;
    }

    void left(Observation.Left call) {
        inFlight.add(call);
        left.merge(TransactionLog.key(call.branch(), call.operation()), 1, Integer::sum);
    }

    void received(Observation.Received answer) {
        inFlight.removeIf(call -> call.coordinator() == answer.coordinator()
                && call.branch().equals(answer.branch())
                && call.operation().equals(answer.operation()));
    }

    void unreached(Observation.NeverCalled call) {
        unreached
                .computeIfAbsent(TransactionLog.key(call.branch(), call.operation()), _ -> new ArrayList<>())
                .add(call.at());
    }

    /** Returns unanswered calls of all coordinators before their timeout ("Attempts" 3, "Switch to undo" 4). */
    List<Observation.Left> inFlight(long at) {
        return inFlight.stream().filter(call -> at < call.until()).toList();
    }

    /** Returns why that number of attempts cannot be on record, or null ("Attempts" 1). */
    @Nullable
    String whyNotCounted(TransactionLog log, RecordEntry.Ended ended) {
        String key = TransactionLog.key(ended.branch(), ended.operation());
        long counted = log.stored().entries().stream()
                .filter(entry -> entry instanceof RecordEntry.Ended other
                        && other.kind() != OutcomeKind.IN_PROGRESS
                        && TransactionLog.key(other.branch(), other.operation()).equals(key))
                .count();
        long calls = left.getOrDefault(key, 0);
        long waits = waits(unreached.getOrDefault(key, List.of()), timeoutMillis - log.clockErrorMillis());
        boolean isOffered = log.plan()
                .find(ended.branch())
                .filter(branch -> branch.kind() == BranchKind.CHILD)
                .isPresent();
        return isOffered || counted <= calls + waits
                ? null
                : "Attempts 1: " + counted + " attempts of '" + ended.operation() + "' of '" + ended.branch() + "', "
                        + calls + " calls and " + waits + " waits for a connection";
    }

    /** Returns how many waits fit between these times, one after another. Each wait begins and ends with a call. */
    private static long waits(List<Long> times, long leastMillis) {
        long waits = 0;
        Long since = null;
        for (long time : times) {
            if (since == null) {
                since = time;
            } else if (time >= since + leastMillis) {
                waits++;
                since = null;
            }
        }
        return waits;
    }
}
