package dev.entente.core.decision;

import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.HistoryKind;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Collects the changes of state that were seen, but for those that an operator stated or forced. */
final class SeenTransitions {
    private final Set<String> transitions = new HashSet<>();
    private final Set<StateChange> changes = new HashSet<>();
    private final Set<String> branchTransitions = new HashSet<>();
    private final Set<String> approvalTransitions = new HashSet<>();
    private final Set<String> preCommitTransitions = new HashSet<>();

    void note(GlobalTransaction before, GlobalTransaction after) {
        if (after.progress().isForced()) {
            return;
        }
        List<HistoryEvent> events = after.progress().history().events();
        for (int i = Math.max(1, before.progress().revision()); i < events.size(); i++) {
            StateChange change = StateChange.of(events.get(i - 1).stateAfter(), events.get(i));
            changes.add(change);
            note(transitions, change.from().name(), change.to().name());
        }
        boolean isStated = events.stream()
                .skip(before.progress().revision())
                .anyMatch(event -> event.kind() == HistoryKind.RESOLVED);
        for (int i = 0; i < before.progress().branches().size() && !isStated; i++) {
            BranchState was = before.progress().branch(i).state();
            Branch branch = after.plan().branches().get(i);
            note(
                    branch.approval() != null
                            ? approvalTransitions
                            : branch.continues() != null ? preCommitTransitions : branchTransitions,
                    was.name(),
                    after.progress().branch(i).state().name());
        }
    }

    private static void note(Set<String> transitions, String from, String to) {
        // a call that never left, and a turn in the same decision: CALLED, PENDING, SKIPPED
        boolean isTwoInOne = from.equals("CALLED") && to.equals("SKIPPED");
        if (!from.equals(to) && !isTwoInOne) {
            transitions.add(from + " --> " + to);
        }
    }

    /** Returns the changes of the transaction's state. */
    Set<String> transitions() {
        return transitions;
    }

    /** Returns the facts that were recorded, each with the state before and after it. */
    Set<StateChange> changes() {
        return changes;
    }

    /** Returns the changes of the branches where people are asked. */
    Set<String> approvalTransitions() {
        return approvalTransitions;
    }

    /** Returns the changes of the second forward operations of branches. */
    Set<String> preCommitTransitions() {
        return preCommitTransitions;
    }

    /** Returns the changes of the other branches. */
    Set<String> branchTransitions() {
        return branchTransitions;
    }
}
