package dev.entente.simulation.reference;

import dev.entente.simulation.reference.CoordinatorView.Direction;
import dev.entente.simulation.reference.RulePlan.Branch;
import dev.entente.simulation.reference.RulePlan.Family;
import dev.entente.simulation.reference.StoredRecord.Stage;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The rules of rules.md, "Ends", and of the decisions before an end. */
final class EndRules {
    private EndRules() {}

    /** Returns the end that this coordinator's knowledge requires; null while the end is open. */
    static @Nullable Ending ending(CoordinatorView view) {
        return switch (view.direction()) {
            case OPEN -> null;
            case COMPENSATING -> compensationEnding(view);
            case COMPLETE -> {
                SettlingList list = view.log().list() == null
                        ? CompletionRules.list(view)
                        : view.log().list();
                yield new Ending(Stage.SUCCEEDED, Set.of(), new TreeSet<>(list.must()));
            }
        };
    }

    private static Ending compensationEnding(CoordinatorView view) {
        boolean isGivenUp = view.plan().family() == Family.NOTIFICATION;
        SettlingList list =
                view.log().list() == null ? UndoRules.list(view) : view.log().list();
        return new Ending(isGivenUp ? Stage.GIVEN_UP : Stage.ABORTED, new TreeSet<>(list.must()), Set.of());
    }

    /** Returns why undo must not be decided now, or null ("Switch to undo" 1 and 2, "An operator's park"). */
    static @Nullable String whyNotSwitched(CoordinatorView view, long at) {
        boolean isEndHeldBack = view.log().stored().isParkedByOperator();
        if (view.direction() == Direction.COMPLETE && !view.mightHaveCausedUndo() && !isEndHeldBack) {
            return "Switch to undo 2: all branches were done, and the transaction switches to undo";
        }
        return DirectionRules.mayHaveCausedUndo(view, at)
                ? null
                : "Switch to undo 1: no observed event causes the switch to undo";
    }

    /** Returns why completion or success must not be decided, or null ("Switch to undo" 3, "Who is completed" 1, 2). */
    static @Nullable String whyNotCompleted(CoordinatorView view) {
        return view.direction() == Direction.COMPENSATING
                ? "Switch to undo 1: the transaction has switched to undo: " + view.cause()
                : CompletionRules.whyNotDecided(view);
    }

    /** Applies "Ends": returns why the transaction may not have ended yet, or null. */
    static @Nullable String whyNotEnded(CoordinatorView view, SettlingList list) {
        List<String> open = SettlingRules.open(view, list);
        return open.isEmpty() ? null : "Ends: " + list.operation() + " of " + open + " has not succeeded";
    }

    /** Applies "Ends", notification. */
    static @Nullable String whyNotGivenUp(CoordinatorView view, long at) {
        Branch only = view.plan().branches().getFirst();
        boolean isOver = view.forward(only).mayBeExhausted()
                || view.forward(only).isNo()
                || DirectionRules.isStatedAway(view, only, view.plan().forward(only))
                || DirectionRules.hasPassed(view, at, -view.log().clockErrorMillis());
        if (view.isDone(only)) {
            return "Ends: the notification was acknowledged";
        }
        return isOver ? null : "Ends: its attempts are not exhausted, and its deadline has not passed";
    }
}
