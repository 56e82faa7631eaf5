package dev.entente.simulation.reference;

import dev.entente.simulation.reference.OperationStatus.Last;
import dev.entente.simulation.reference.RulePlan.Branch;
import dev.entente.simulation.reference.RulePlan.BranchKind;
import org.jspecify.annotations.Nullable;

/**
 * Decides which call may leave: rules.md, "Attempts", "An operator's park", and the headings for the kind of the
 * operation.
 */
final class CallRules {
    private CallRules() {}

    /** Returns why that coordinator must not call that operation of that branch now; null if it may. */
    static @Nullable String whyNot(CoordinatorView view, Branch branch, String operation, long at) {
        if (branch.kind() == BranchKind.APPROVAL || (branch.kind() == BranchKind.CHILD && isForward(view, operation))) {
            return "Words: the branch has no call";
        }
        if (!branch.has(operation) && !isTryOfOthers(branch, operation)) {
            return "Words: the branch has no such operation";
        }
        String why = whyNotHeld(view);
        if (why == null) {
            why = whyNotAgain(view, branch, operation);
        }
        if (why != null) {
            return why;
        }
        return isForward(view, operation)
                ? ForwardRules.whyNot(view, branch, operation, at)
                : SettlingRules.whyNot(view, branch, operation, at);
    }

    private static boolean isTryOfOthers(Branch branch, String operation) {
        return branch.kind() == BranchKind.REGISTERED && operation.equals("try");
    }

    private static boolean isForward(CoordinatorView view, String operation) {
        return !operation.equals(view.plan().undo())
                && !operation.equals(view.plan().completion());
    }

    /** Applies "Forward" 4 and "An operator's park". */
    private static @Nullable String whyNotHeld(CoordinatorView view) {
        if (view.isReleased()) {
            return "Forward 4: this coordinator has released the transaction";
        }
        Long parkedAt = view.log().stored().parkedAt();
        return parkedAt != null
                        && !view.isSuperseded()
                        && !view.log()
                                .requests()
                                .mayReopenSince(parkedAt - view.log().clockErrorMillis())
                ? "An operator's park: the mark is set, and no operator has requested retry or resume"
                : null;
    }

    /** Applies "Attempts" 3 and 4. */
    private static @Nullable String whyNotAgain(CoordinatorView view, Branch branch, String operation) {
        OperationStatus status = view.operation(branch, operation);
        if (status.isInFlight()) {
            return "Attempts 3: a call of the operation is in flight";
        }
        boolean mayBeReopened = (status.isNo() || status.isMisconfigured())
                && view.log().requests().mayReopenSince(status.lastAt());
        if (status.isMisconfigured() && !mayBeReopened) {
            return "Attempts 4: no retry can help, and no operator has requested a retry";
        }
        return status.last() == Last.NONE || mayBeReopened || status.mayBeAskedAgain()
                ? null
                : "Attempts 4: the operation has the outcome " + status.last();
    }
}
