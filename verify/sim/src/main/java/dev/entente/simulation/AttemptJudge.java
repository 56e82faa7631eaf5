package dev.entente.simulation;

import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.ToIntBiFunction;

/** Holds the attempts that a history counts against the calls that have left: one that never left is none. */
final class AttemptJudge {
    private final Plan plan;
    private final ToIntBiFunction<String, Role> left;
    private final BiFunction<String, Role, List<Instant>> unreached;
    private final Duration patience;

    /**
     * @param left how many calls of that branch in that role have left
     * @param unreached when calls have not left for want of a connection, the earliest first
     * @param patience the shortest wait for a connection that counts as an attempt
     */
    AttemptJudge(
            Plan plan,
            ToIntBiFunction<String, Role> left,
            BiFunction<String, Role, List<Instant>> unreached,
            Duration patience) {
        this.plan = plan;
        this.left = left;
        this.unreached = unreached;
        this.patience = patience;
    }

    private record Operation(int branch, Role role) {}

    /** The operations with more attempts than calls; for people. */
    List<String> violations(List<HistoryEvent> history) {
        Map<Operation, Integer> attempts = new HashMap<>();
        for (HistoryEvent event : history) {
            if (event.fact() instanceof Fact.Called call && isCounted(call)) {
                attempts.merge(new Operation(call.branch(), call.role()), 1, Integer::sum);
            }
        }
        List<String> found = new ArrayList<>();
        attempts.forEach((operation, counted) -> {
            String branch = plan.branches().get(operation.branch()).id();
            int calls = left.applyAsInt(branch, operation.role());
            int waits = waits(unreached.apply(branch, operation.role()));
            if (counted > calls + waits) {
                found.add(counted + " attempts of " + operation.role() + " " + branch + ", and " + calls + " calls, "
                        + waits + " waits of " + patience + " for a connection");
            }
        });
        return found;
    }

    /** How many waits of that length fit between these times, one behind another. Each begins and ends with a call. */
    private int waits(List<Instant> times) {
        int waits = 0;
        Instant since = null;
        for (Instant time : times) {
            if (since == null) {
                since = time;
            } else if (!time.isBefore(since.plus(patience))) {
                waits++;
                since = null;
            }
        }
        return waits;
    }

    /** Neither "in progress", nor what another transaction answers. */
    private boolean isCounted(Fact.Called call) {
        var operation = plan.branches().get(call.branch()).operation(call.role());
        boolean isCalled = operation == null || operation.child() == null;
        return isCalled && call.outcome() != Outcome.IN_PROGRESS;
    }
}
