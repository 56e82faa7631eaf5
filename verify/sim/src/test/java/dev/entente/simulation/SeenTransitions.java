package dev.entente.simulation;

import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.HistoryEvent;
import dev.entente.core.transaction.HistoryKind;
import dev.entente.core.transaction.TransactionState;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Collects the observed state changes, except those that an operator stated or forced. */
final class SeenTransitions {
    final Set<TransactionState> initialStates = new HashSet<>();
    /** The recorded facts, each with the state before and after it. */
    final Set<StateChange> changes = new HashSet<>();
    /** The state changes of branches that call a participant. */
    final Set<String> branches = new HashSet<>();
    /** The state changes of approval branches. */
    final Set<String> approvals = new HashSet<>();
    /** The state changes of the second forward operations of branches. */
    final Set<String> preCommits = new HashSet<>();

    /** A recorded fact with the state before and after it. Both states are equal if the fact changes no state. */
    record StateChange(TransactionState from, HistoryKind fact, TransactionState to) {
        boolean isMove() {
            return from != to;
        }

        String arrow() {
            return from + " --> " + to;
        }
    }

    void note(GlobalTransaction before, GlobalTransaction after) {
        if (after.progress().isForced()) {
            return;
        }
        List<HistoryEvent> events = after.progress().history().events();
        initialStates.add(events.getFirst().stateAfter());
        for (int i = Math.max(1, before.progress().revision()); i < events.size(); i++) {
            HistoryEvent event = events.get(i);
            changes.add(new StateChange(events.get(i - 1).stateAfter(), event.kind(), event.stateAfter()));
        }
        boolean isStated = events.stream()
                .skip(before.progress().revision())
                .anyMatch(event -> event.kind() == HistoryKind.RESOLVED);
        for (int i = 0; i < before.progress().branches().size() && !isStated; i++) {
            BranchState from = before.progress().branch(i).state();
            BranchState to = after.progress().branch(i).state();
            // a call that was not sent and a switch to undo in one decision: CALLED, PENDING, SKIPPED
            boolean isTwoInOne = from == BranchState.CALLED && to == BranchState.SKIPPED;
            if (from != to && !isTwoInOne) {
                of(after.plan().branches().get(i)).add(from + " --> " + to);
            }
        }
    }

    private Set<String> of(Branch branch) {
        return branch.approval() != null ? approvals : branch.continues() != null ? preCommits : branches;
    }

    void add(SeenTransitions other) {
        initialStates.addAll(other.initialStates);
        changes.addAll(other.changes);
        branches.addAll(other.branches);
        approvals.addAll(other.approvals);
        preCommits.addAll(other.preCommits);
    }
}
