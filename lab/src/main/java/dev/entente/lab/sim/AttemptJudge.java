package dev.entente.lab.sim;

import dev.entente.server.transaction.Fact;
import dev.entente.server.transaction.HistoryEvent;
import dev.entente.server.transaction.Outcome;
import dev.entente.server.transaction.Plan;
import dev.entente.server.transaction.Role;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntBiFunction;

/** Holds the attempts that a history counts against the calls that have left: one that never left is none. */
final class AttemptJudge {
    /** An attempt that counts for want of a connection: one call without one begins the wait, a later one ends it. */
    private static final int UNREACHED_PER_ATTEMPT = 2;

    private final Plan plan;
    private final ToIntBiFunction<String, Role> left;
    private final ToIntBiFunction<String, Role> unreached;

    /**
     * @param left how many calls of that branch in that role have left
     * @param unreached how many of them have not left, for want of a connection
     */
    AttemptJudge(Plan plan, ToIntBiFunction<String, Role> left, ToIntBiFunction<String, Role> unreached) {
        this.plan = plan;
        this.left = left;
        this.unreached = unreached;
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
            int tries = unreached.applyAsInt(branch, operation.role());
            if (counted > calls + tries / UNREACHED_PER_ATTEMPT) {
                found.add(counted + " attempts of " + operation.role() + " " + branch + ", and " + calls + " calls, "
                        + tries + " without a connection");
            }
        });
        return found;
    }

    /** Neither "in progress", nor what another transaction answers. */
    private boolean isCounted(Fact.Called call) {
        var operation = plan.branches().get(call.branch()).operation(call.role());
        boolean isCalled = operation == null || operation.child() == null;
        return isCalled && call.outcome() != Outcome.IN_PROGRESS;
    }
}
