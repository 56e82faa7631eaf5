package dev.entente.simulation.reference;

import dev.entente.simulation.reference.Blueprint.Limb;
import dev.entente.simulation.reference.OperationStatus.Last;
import dev.entente.simulation.reference.StoredRecord.Stage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rules that undo and completion share: "Who is completed" 4, "Turning" 4, "Ends". */
final class SettlingRules {
    private SettlingRules() {}

    /** Why this undo, or this completion, must not leave now; null if it may. */
    static @Nullable String whyNot(CoordinatorView view, Limb limb, String operation, long at) {
        boolean isUndo = operation.equals(view.plan().undo());
        SettlingList list = view.file().list();
        Stage wanted = isUndo ? Stage.UNDOING : Stage.COMPLETING;
        boolean isDecided = list != null
                && list.operation().equals(operation)
                && (view.isSuperseded() || view.file().stored().stage() == wanted);
        if (list == null || !isDecided) {
            return "Who is completed 4: no decision that orders it is durable";
        }
        if (!list.may().contains(limb.id())) {
            return (isUndo ? "Who is undone 1" : "Who is completed 3") + ": it is none of " + list.may();
        }
        String order = isUndo
                ? UndoRules.whyNotInOrder(view, list, limb, at)
                : CompletionRules.whyNotInOrder(view, list, limb);
        return order != null ? order : isUndo ? whyNotAwaited(view) : null;
    }

    /** Turning 4. */
    private static @Nullable String whyNotAwaited(CoordinatorView view) {
        for (Limb limb : view.plan().limbs()) {
            if (view.forward(limb).isUnderWay()
                    || view.operation(limb, TwoPhaseRules.PRE_COMMIT).isUnderWay()) {
                return "Turning 4: the call of '" + limb.id() + "' is under way";
            }
        }
        return null;
    }

    /** Tells whether that operation has succeeded, or an operator may have said so. */
    static boolean maySettled(CoordinatorView view, Limb limb, String operation) {
        OperationStatus status = view.operation(limb, operation);
        return status.isDone()
                || status.last() == Last.STATED_UNDONE
                || view.file().deeds().mayHaveStated(limb.id(), operation, truth -> truth != Deed.Truth.NEVER_HAPPENED);
    }

    /** Ends: those of the list that are not settled. */
    static List<String> open(CoordinatorView view, SettlingList list) {
        return list.must().stream()
                .filter(id -> view.plan().find(id).stream().noneMatch(limb -> maySettled(view, limb, list.operation())))
                .sorted()
                .toList();
    }
}
