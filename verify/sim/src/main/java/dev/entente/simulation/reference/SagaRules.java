package dev.entente.simulation.reference;

import dev.entente.simulation.reference.OperationStatus.Last;
import dev.entente.simulation.reference.RulePlan.Branch;
import org.jspecify.annotations.Nullable;

/** The rules of docs/patterns/saga.md. */
final class SagaRules implements PatternRules {

    /** Applies "Forward" 2 and 3. */
    @Override
    public @Nullable String whyNotYet(CoordinatorView view, Branch branch, String operation) {
        for (Branch before : view.plan().before(branch)) {
            if (!view.mayBeDone(before)) {
                return "Forward 2: the earlier branch '" + before.id() + "' is not done";
            }
        }
        return whyNotPastPivot(view, branch);
    }

    private static @Nullable String whyNotPastPivot(CoordinatorView view, Branch branch) {
        Branch pivot = view.plan().pivot();
        if (pivot == null || !(branch.isPivot() || view.plan().ancestors(branch).contains(pivot))) {
            return null;
        }
        if (!isPivotOnRecord(view)) {
            return "Forward 3: the call of the pivot '" + pivot.id() + "' is not on record";
        }
        // a child's accept call is not observed: a branch that waits for an operator now may not have waited then
        return branch.isPivot() && branch.kind() != RulePlan.BranchKind.CHILD ? whyNotBesideIt(view, pivot) : null;
    }

    private static @Nullable String whyNotBesideIt(CoordinatorView view, Branch pivot) {
        for (Branch other : view.plan().branches()) {
            boolean isBeside = !other.equals(pivot)
                    && !view.plan().ancestors(pivot).contains(other)
                    && !view.plan().descendants(pivot).contains(other);
            boolean isStuck = view.forward(other).isNo() || view.forward(other).isMisconfigured();
            boolean mayBeReopened =
                    view.log().requests().mayReopenSince(view.forward(other).lastAt());
            if (isBeside && isStuck && !mayBeReopened && !view.mayBeDone(other)) {
                return "Forward 3: the branch '" + other.id() + "' beside the pivot waits for an operator";
            }
        }
        return null;
    }

    /** Applies "Forward" 3. If neither a step nor a start time precedes the pivot, the accept is the record. */
    static boolean isPivotOnRecord(CoordinatorView view) {
        Branch pivot = view.plan().pivot();
        boolean isFirst = pivot != null && view.plan().before(pivot).isEmpty();
        return view.isPivotCalled() || (isFirst && view.log().ranFromAcceptOn());
    }

    /** Applies "Switch to undo" 2. */
    @Override
    public boolean canSwitchToUndo(CoordinatorView view) {
        return !isPivotOnRecord(view);
    }

    /** Applies "Switch to undo" 1 and 2. */
    @Override
    public boolean causesUndo(CoordinatorView view, Branch branch) {
        OperationStatus status = view.forward(branch);
        if (branch.isPivot()) {
            return status.last() == Last.REJECTED && !status.isUnsure();
        }
        Branch pivot = view.plan().pivot();
        boolean isAfterPivot = pivot != null && view.plan().ancestors(branch).contains(pivot);
        boolean isStatedAway =
                DirectionRules.isStatedAway(view, branch, view.plan().forward(branch)) && canSwitchToUndo(view);
        return isStatedAway || (!isAfterPivot && !branch.isRetriable() && status.isNo());
    }
}
