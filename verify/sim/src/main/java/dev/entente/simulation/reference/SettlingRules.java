package dev.entente.simulation.reference;

import dev.entente.simulation.reference.OperationStatus.Last;
import dev.entente.simulation.reference.RulePlan.Branch;
import dev.entente.simulation.reference.StoredRecord.Stage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The common rules of undo and completion: "Who is completed" 4, "Switch to undo" 4, "Ends". */
final class SettlingRules {
    private SettlingRules() {}

    /** Returns why this undo or completion must not leave now; null if it may. */
    static @Nullable String whyNot(CoordinatorView view, Branch branch, String operation, long at) {
        boolean isUndo = operation.equals(view.plan().undo());
        SettlingList list = view.log().list();
        Stage wanted = isUndo ? Stage.UNDOING : Stage.COMPLETING;
        boolean isDecided = list != null
                && list.operation().equals(operation)
                && (view.isSuperseded() || view.log().stored().stage() == wanted);
        if (list == null || !isDecided) {
            return "Who is completed 4: no decision that orders the call is durable";
        }
        if (!list.may().contains(branch.id())) {
            return (isUndo ? "Who is undone 1" : "Who is completed 3") + ": the branch is not one of " + list.may();
        }
        String order = isUndo
                ? UndoRules.whyNotInOrder(view, list, branch, at)
                : CompletionRules.whyNotInOrder(view, list, branch);
        return order != null ? order : isUndo ? whyNotAwaited(view) : null;
    }

    /** Applies "Switch to undo" 4. */
    private static @Nullable String whyNotAwaited(CoordinatorView view) {
        for (Branch branch : view.plan().branches()) {
            if (view.forward(branch).isInFlight()
                    || view.operation(branch, TwoPhaseRules.PRE_COMMIT).isInFlight()) {
                return "Switch to undo 4: the call of '" + branch.id() + "' is in flight";
            }
        }
        return null;
    }

    /** Returns whether that operation succeeded, or an operator may have stated that it was done or undone. */
    static boolean maySettled(CoordinatorView view, Branch branch, String operation) {
        OperationStatus status = view.operation(branch, operation);
        return status.isDone()
                || status.last() == Last.STATED_UNDONE
                || view.log()
                        .requests()
                        .mayHaveStated(branch.id(), operation, truth -> truth != Request.Truth.NEVER_HAPPENED);
    }

    /** Applies "Ends": returns the branches of the list that are still open. */
    static List<String> open(CoordinatorView view, SettlingList list) {
        return list.must().stream()
                .filter(id ->
                        view.plan().find(id).stream().noneMatch(branch -> maySettled(view, branch, list.operation())))
                .sorted()
                .toList();
    }
}
