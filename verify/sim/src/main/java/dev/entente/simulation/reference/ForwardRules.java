package dev.entente.simulation.reference;

import dev.entente.simulation.reference.CoordinatorView.Direction;
import dev.entente.simulation.reference.RulePlan.Branch;
import dev.entente.simulation.reference.StoredRecord.Stage;
import org.jspecify.annotations.Nullable;

/** The rules of rules.md, "Forward". */
final class ForwardRules {
    private ForwardRules() {}

    /** Returns why this forward operation must not be called now; null if it may. */
    static @Nullable String whyNot(CoordinatorView view, Branch branch, String operation, long at) {
        String why = whyNotStarted(view, branch, at);
        if (why == null && view.direction() == Direction.COMPENSATING) {
            why = "Forward 4: the transaction has switched to undo: " + view.cause();
        }
        if (why == null) {
            why = view.log().pattern().whyNotYet(view, branch, operation);
        }
        if (why == null) {
            why = ApprovalRules.whyNotBehind(view, branch);
        }
        return why != null ? why : whyNotBound(view, branch);
    }

    /** Applies "Forward" 1. */
    private static @Nullable String whyNotStarted(CoordinatorView view, Branch branch, long at) {
        RulePlan plan = view.plan();
        if (plan.startAt() != null && at < plan.startAt() - view.log().clockErrorMillis()) {
            return "Forward 1: the start time is not reached";
        }
        if (branch.kind() == RulePlan.BranchKind.CHECK) {
            return plan.firstCheckAt() != null
                            && at < plan.firstCheckAt() - view.log().clockErrorMillis()
                    ? "message.md: the check-back is not due yet"
                    : null;
        }
        Stage stage = view.log().stored().stage();
        boolean isDecided = stage.isEnd() || stage == Stage.COMPLETING || stage == Stage.UNDOING;
        return isDecided && !view.isSuperseded() ? "Forward 4: the decision is made, " + stage : null;
    }

    /** Applies "Forward" 5: a response is on record before a call leaves that needs it, itself or for its undo. */
    private static @Nullable String whyNotBound(CoordinatorView view, Branch branch) {
        for (String from : branch.binds()) {
            boolean isOnRecord = view.plan()
                    .find(from)
                    .filter(other ->
                            view.log().stored().hasSuccess(from, view.plan().forward(other)))
                    .isPresent();
            if (!isOnRecord) {
                return "Forward 5: the response of '" + from + "', which the call or its undo needs, is not on record";
            }
        }
        return null;
    }
}
