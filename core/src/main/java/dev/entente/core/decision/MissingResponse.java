package dev.entente.core.decision;

import dev.entente.core.payload.RequestBodies;
import dev.entente.core.transaction.Binding;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Fact.Truth;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.TransactionState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Responses without a field that another branch requires, and their correction by an operator. */
final class MissingResponse {
    private MissingResponse() {}

    /**
     * Returns whether an operator can state the outcome of the branch's forward operation. Otherwise the operator can
     * only give its response.
     */
    static boolean isInQuestion(Progress progress, int branch) {
        BranchProgress asked = progress.branch(branch);
        boolean isForward = progress.state() == TransactionState.RUNNING || progress.state() == TransactionState.BEGUN;
        return isForward && (asked.state() == BranchState.CALLED || asked.stuck() != null);
    }

    /** Returns whether a branch is stuck because this branch's response lacks a field. */
    static boolean isMissed(Plan plan, Progress progress, int branch) {
        for (int i = 0; i < progress.branches().size(); i++) {
            if (!required(plan, progress, i, branch).isEmpty()) {
                return true;
            }
        }
        return false;
    }

    /** Frees the branches that were stuck because of the missing field; the branch itself stays unchanged. */
    static Progress given(Progress before, Plan plan, int branch) {
        Progress after = before;
        for (int i = 0; i < before.branches().size(); i++) {
            if (!required(plan, before, i, branch).isEmpty()) {
                BranchProgress stuck = before.branch(i);
                after = after.withBranch(i, stuck.restarted(stuck.attempts()));
            }
        }
        return after;
    }

    /**
     * Refuses a request that does not state {@code DONE} with a response, and a response that also lacks the required
     * field.
     */
    static void check(Plan plan, Progress progress, TransactionRequest.Resolve request, int branch) {
        if (request.truth() != Truth.DONE || request.response() == null) {
            throw TransactionRequest.impossible("'" + request.branch() + "' is "
                    + progress.branch(branch).state()
                    + ", which does not change; you can only give its response: resolve it as done with the response");
        }
        for (int i = 0; i < progress.branches().size(); i++) {
            for (Binding binding : required(plan, progress, i, branch)) {
                Operation reader = operation(plan, progress, i);
                if (reader != null
                        && !RequestBodies.isPresent(reader.target(), request.response(), binding.fromPath())) {
                    throw TransactionRequest.impossible("the response that you give lacks the field, too: "
                            + RequestBodies.absence(reader.target(), request.response(), binding)
                            + "; give a response that has the field");
                }
            }
        }
    }

    /** Returns the bindings by which the stuck branch requires a field of the other branch. */
    private static List<Binding> required(Plan plan, Progress progress, int stuck, int of) {
        Operation operation = operation(plan, progress, stuck);
        if (operation == null || progress.branch(stuck).stuck() != ParkReason.BINDING_ABSENT) {
            return List.of();
        }
        String source = plan.branches().get(of).id();
        return operation.bindings().stream()
                .filter(binding -> binding.required() && binding.from().equals(source))
                .toList();
    }

    private static @Nullable Operation operation(Plan plan, Progress progress, int index) {
        return plan.branches().get(index).operation(progress.branch(index).role());
    }
}
