package dev.entente.simulation.reference;

import dev.entente.simulation.reference.CoordinatorView.Direction;
import dev.entente.simulation.reference.OperationStatus.Last;
import dev.entente.simulation.reference.RulePlan.Branch;
import dev.entente.simulation.reference.RulePlan.BranchKind;
import org.jspecify.annotations.Nullable;

/** The rules of rules.md, "Switch to undo". */
final class DirectionRules {
    private DirectionRules() {}

    /** Returns why an event at that time certainly finds the transaction in undo, or null ("Switch to undo" 1, 3). */
    static @Nullable String whySwitched(CoordinatorView view, long at) {
        for (Branch branch : view.plan().branches()) {
            if (view.log().pattern().causesUndo(view, branch)) {
                return "'" + branch.id() + "' was " + view.forward(branch).last();
            }
        }
        return hasPassed(view, at, view.log().clockErrorMillis())
                        && view.log().pattern().canSwitchToUndo(view)
                ? CoordinatorView.DEADLINE
                : null;
    }

    /** Returns whether any observation or request can have caused the undo by that time ("Switch to undo" 1). */
    static boolean mayHaveCausedUndo(CoordinatorView view, long at) {
        if (view.direction() == Direction.COMPENSATING || whySwitched(view, at) != null) {
            return true;
        }
        boolean isAsked = view.log().requests().mayHave(Request.Abort.class::isInstance);
        boolean isTime = hasPassed(view, at, -view.log().clockErrorMillis());
        boolean mayCompensateForBranch =
                view.plan().branches().stream().anyMatch(branch -> mayCompensateFor(view, branch));
        return (view.log().pattern().canSwitchToUndo(view) && (isAsked || isTime || mayCompensateForBranch))
                || mayCompensateForPivot(view);
    }

    /** Applies "Switch to undo" 2: it is unknown whether the pivot's refusal can be believed. */
    private static boolean mayCompensateForPivot(CoordinatorView view) {
        return view.plan().branches().stream()
                .anyMatch(branch -> branch.isPivot() && view.forward(branch).mayBeAskedAgain());
    }

    /** Applies "Switch to undo" 3. */
    static boolean hasPassed(CoordinatorView view, long at, long clockErrorMillis) {
        Long deadline = view.plan().deadlineAt();
        return deadline != null && at >= deadline + clockErrorMillis;
    }

    private static boolean mayCompensateFor(CoordinatorView view, Branch branch) {
        if (mayBeStatedAway(view, branch, view.plan().forward(branch))
                || mayBeStatedAway(view, branch, TwoPhaseRules.PRE_COMMIT)) {
            return true;
        }
        return !branch.isRetriable() && mayCompensateForResponse(view, branch);
    }

    private static boolean mayBeStatedAway(CoordinatorView view, Branch branch, String operation) {
        return view.mayBeStated(branch, operation, Request.Truth.NEVER_HAPPENED)
                || view.mayBeStated(branch, operation, Request.Truth.UNDONE);
    }

    private static boolean mayCompensateForResponse(CoordinatorView view, Branch branch) {
        return view.forward(branch).mayBeExhausted()
                || view.forward(branch).isUnsure()
                || view.operation(branch, TwoPhaseRules.PRE_COMMIT).mayBeExhausted()
                || view.log().requests().mayHave(request -> request.equals(new Request.Approve(branch.id(), false)))
                || mayHaveFailedToBeAccepted(view, branch);
    }

    /** Returns whether a child's accept may have failed, which cannot be observed. */
    private static boolean mayHaveFailedToBeAccepted(CoordinatorView view, Branch branch) {
        return branch.kind() == BranchKind.CHILD
                && !view.isDone(branch)
                && view.plan().before(branch).stream().allMatch(view::mayBeDone);
    }

    /** Returns whether an operator stated that the operation never happened or was undone. */
    static boolean isStatedAway(CoordinatorView view, Branch branch, String operation) {
        Last last = view.operation(branch, operation).last();
        return last == Last.STATED_NEVER || last == Last.STATED_UNDONE;
    }
}
