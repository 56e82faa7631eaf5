package dev.entente.core.decision;

import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.Ownership.SwitchToUndo;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.time.Instant;
import java.util.BitSet;

/** The phase after the decision: completes every branch, or undoes every possibly called branch in reverse order. */
final class Settling {
    private Settling() {}

    /** Decides to undo; finishes the transaction if the pattern has no undo. */
    static void switchToUndo(Draft draft, SwitchToUndo switchToUndo) {
        TransactionState next = PatternPolicy.of(draft.plan().pattern()).stateAfterSwitch(switchToUndo.reason());
        draft.record(
                next,
                next.isTerminal()
                        ? new Fact.Finished(switchToUndo.reason(), switchToUndo.actor(), switchToUndo.detail())
                        : new Fact.Decided(switchToUndo.reason(), switchToUndo.actor(), switchToUndo.detail()));
        draft.set(draft.ownership().withSwitchToUndo(null));
        if (!next.isTerminal()) {
            advance(draft);
        }
    }

    /** Decides to complete. */
    static void complete(Draft draft, String actor) {
        draft.record(TransactionState.COMPLETING, new Fact.Decided(null, actor, ""));
        advance(draft);
    }

    /**
     * Delays the undo of a branch while a dead owner's forward call may be in flight: until the call's timeout has
     * passed since the takeover. The call of a second forward operation counts, too.
     */
    private static void holdBackSuspicions(Draft draft) {
        Takeovers takeovers = Takeovers.of(draft.progress().history());
        if (takeovers.forward() == null) {
            return;
        }
        for (int i = 0; i < draft.progress().branches().size(); i++) {
            Branch branch = draft.plan().branches().get(i);
            String continued = branch.continues();
            int undone = continued == null ? i : draft.plan().indexOf(continued);
            Instant until = takeovers.untilUnanswered(branch, draft.progress().branch(i));
            if (until != null && needs(draft, undone, Role.UNDO)) {
                holdBack(draft, undone, until);
            }
        }
    }

    private static void holdBack(Draft draft, int index, Instant until) {
        BranchProgress branch = draft.progress().branch(index);
        Instant next = branch.nextAttemptAt();
        if (until.isAfter(draft.now()) && !branch.isInFlight() && (next == null || next.isBefore(until))) {
            draft.set(index, branch.waiting(until, branch.next().inProgressSince()));
        }
    }

    static void advance(Draft draft) {
        Role role = draft.state() == TransactionState.COMPLETING ? Role.COMPLETION : Role.UNDO;
        if (draft.progress().parked() != null) {
            draft.rest(null);
            return;
        }
        if (role == Role.UNDO) {
            holdBackSuspicions(draft);
        }
        BitSet open = open(draft, role);
        if (open.isEmpty()) {
            TransactionState end = role == Role.UNDO ? TransactionState.ABORTED : TransactionState.SUCCEEDED;
            draft.record(end, new Fact.Finished(null, "", ""));
        } else {
            callInOrder(draft, open, role);
            Waits.settle(draft, _ -> null);
        }
    }

    private static BitSet open(Draft draft, Role role) {
        BitSet open = new BitSet(draft.progress().branches().size());
        for (int i = 0; i < draft.progress().branches().size(); i++) {
            if (needs(draft, i, role)) {
                open.set(i);
            }
        }
        return open;
    }

    /** Returns whether the branch still needs the operation of that direction. */
    static boolean needs(Draft draft, int index, Role role) {
        Branch branch = draft.plan().branches().get(index);
        BranchProgress progress = draft.progress().branch(index);
        if (branch.operation(role) == null) {
            return false;
        }
        return role == Role.UNDO ? progress.state().mayHaveHappened() : progress.state() == BranchState.DONE;
    }

    /**
     * Calls the branches in order: undo from descendants to ancestors, completion from ancestors to descendants. A
     * branch without an open operation blocks no other branch. The order of two open branches also applies if the
     * branches between them are not open.
     */
    private static void callInOrder(Draft draft, BitSet open, Role role) {
        BitSet held =
                role == Role.UNDO ? draft.graph().above(open) : draft.graph().below(open);
        for (int i = open.nextSetBit(0); i >= 0; i = open.nextSetBit(i + 1)) {
            if (!held.get(i) && Calls.isFree(draft, draft.progress().branch(i))) {
                callOrRequireWrite(draft, i, role);
            }
        }
    }

    private static void callOrRequireWrite(Draft draft, int index, Role role) {
        if (draft.isDurable(draft.progress().decidedRevision())) {
            Calls.start(draft, index, role);
        } else {
            draft.requireWrite();
        }
    }
}
