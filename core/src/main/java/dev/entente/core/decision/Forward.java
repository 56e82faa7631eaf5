package dev.entente.core.decision;

import dev.entente.core.plan.PivotSide;
import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Ownership.SwitchToUndo;
import dev.entente.core.transaction.Parked;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The forward phase of a transaction: forward operations in order, until all are done or the transaction switches to
 * undo.
 */
final class Forward {
    private Forward() {}

    static void advance(Draft draft) {
        if (!mayUndoAtDeadline(draft)) {
            Approvals.expire(draft);
        }
        boolean isAllDone = isAllDone(draft);
        SwitchToUndo switchToUndo = isAllDone ? switchOfDone(draft) : switchToUndo(draft);
        if (switchToUndo != null) {
            switchToUndo(draft, switchToUndo);
        } else if (draft.progress().parked() != null) {
            draft.rest(restUntil(draft));
        } else if (isAllDone) {
            end(draft);
        } else {
            callWhatIsReady(draft);
            Waits.settle(draft, Forward::restUntil);
        }
    }

    // ---- switch to undo

    /**
     * Switches to undo if the deadline has passed, before a request or an answer is processed. Calls in flight are
     * awaited.
     */
    static void undoIfLate(Draft draft) {
        boolean isRunning = draft.state() == TransactionState.RUNNING;
        if (!isRunning || draft.ownership().switchToUndo() != null || !mayUndoAtDeadline(draft)) {
            return;
        }
        if (!isDoneForGood(draft.plan(), draft.progress())) {
            switchToUndo(draft, Waiting.DEADLINE);
        }
    }

    /** Returns whether all branches are done and none can be undone. */
    static boolean isDoneForGood(Plan plan, Progress progress) {
        return !plan.pattern().hasUndo() && isAllDone(plan, progress);
    }

    /** Returns whether the deadline has caused a switch to undo that only waits for calls in flight. */
    static boolean isSwitchLate(Draft draft) {
        return draft.state() == TransactionState.RUNNING
                && draft.progress().hasCallInFlight()
                && Waiting.DEADLINE.equals(draft.ownership().switchToUndo());
    }

    /** Returns whether the deadline has passed, and the transaction finishes as soon as its park ends. */
    static boolean isGivenUpWhenLifted(Draft draft) {
        return draft.state() == TransactionState.RUNNING
                && draft.isPastDeadline()
                && draft.maySwitchToUndo()
                && draft.isDeadlineTheEnd()
                && draft.isDeadlineHeldBack()
                && !isDoneForGood(draft.plan(), draft.progress());
    }

    /**
     * Refuses a statement about the forward direction after the deadline has caused a switch to undo. The switch may
     * still wait for calls in flight or for the end of a park.
     */
    static void refuseIfSwitchIsLate(Draft draft, String what) {
        if (isSwitchLate(draft)) {
            throw TransactionRequest.impossible(what + ": the deadline passed at " + draft.deadlineAt()
                    + ", and the transaction is undone when the calls in flight have finished");
        }
        if (isGivenUpWhenLifted(draft)) {
            throw TransactionRequest.impossible(what + ": the deadline passed at " + draft.deadlineAt()
                    + ", and the transaction is given up when an operator resumes it");
        }
    }

    /**
     * Returns the switch to undo that still applies after all branches are done, or null. It is a switch that waited
     * for calls in flight, or the switch of a passed deadline. A pattern without undo has no switch.
     */
    private static @Nullable SwitchToUndo switchOfDone(Draft draft) {
        if (!draft.plan().pattern().hasUndo()) {
            return null;
        }
        SwitchToUndo waiting = draft.ownership().switchToUndo();
        return waiting == null && mayUndoAtDeadline(draft) ? Waiting.DEADLINE : waiting;
    }

    private static @Nullable SwitchToUndo switchToUndo(Draft draft) {
        if (draft.ownership().switchToUndo() != null) {
            return draft.ownership().switchToUndo();
        }
        SwitchToUndo refused = mayRefusalCauseUndo(draft) ? refused(draft) : null;
        return refused == null && mayUndoAtDeadline(draft) ? Waiting.DEADLINE : refused;
    }

    /**
     * Returns whether a refusal may cause undo. A park with a reason prevents it. An operator's own mark prevents it
     * only if the switch would finish the transaction without any call.
     */
    private static boolean mayRefusalCauseUndo(Draft draft) {
        Parked parked = draft.progress().parked();
        return parked == null || !(parked.hasReason() || draft.isDeadlineTheEnd());
    }

    private static boolean mayUndoAtDeadline(Draft draft) {
        return draft.isPastDeadline() && draft.maySwitchToUndo() && !draft.isDeadlineHeldBack();
    }

    /**
     * Returns whether a decided forward call that waited for a connection or for capacity may leave now. The call may
     * not leave if the deadline switches to undo. The pivot's call may not leave while a branch beside the pivot waits
     * for an operator.
     */
    static boolean mayStillLeave(Draft draft, int branch) {
        boolean isRunning = draft.state() == TransactionState.RUNNING;
        boolean isPivot = draft.plan().branches().get(branch).pivot();
        return !isRunning || !(mayUndoAtDeadline(draft) || (isPivot && isAnyBesideStuck(draft)));
    }

    /** Returns the switch to undo that the first refused branch requires, or null. */
    private static @Nullable SwitchToUndo refused(Draft draft) {
        List<BranchProgress> branches = draft.progress().branches();
        for (int i = 0; i < branches.size(); i++) {
            BranchProgress branch = branches.get(i);
            AbortReason reason = reason(draft.plan().branches().get(i), branch);
            if (reason != null) {
                return new SwitchToUndo(
                        reason,
                        draft.plan().branches().get(i).title() + ": "
                                + branch.tried().lastError(),
                        "");
            }
        }
        return null;
    }

    private static @Nullable AbortReason reason(Branch plan, BranchProgress branch) {
        return switch (branch.state()) {
            case REJECTED ->
                plan.approval() != null
                        ? Approvals.reason(branch)
                        : branch.stuck() == null ? AbortReason.STEP_REJECTED : null;
            case FAILED -> failed(branch.lastOutcome());
            case RESOLVED -> AbortReason.OPERATOR;
            case PENDING, CALLED, AWAITING_APPROVAL, DONE, CONFIRMED, UNDONE, SKIPPED -> null;
        };
    }

    private static AbortReason failed(int lastOutcome) {
        return switch (lastOutcome) {
            case Evolution.NOT_ANSWERED -> AbortReason.OPERATOR;
            case Outcome.UNKNOWN -> AbortReason.ATTEMPTS_EXHAUSTED;
            default -> AbortReason.STEP_FAILED;
        };
    }

    /**
     * Switches to undo after all calls in flight have ended: an undo never leaves while its forward call is in flight.
     */
    private static void switchToUndo(Draft draft, SwitchToUndo switchToUndo) {
        if (draft.progress().hasCallInFlight()) {
            draft.set(draft.ownership().withSwitchToUndo(switchToUndo));
            return;
        }
        if (draft.progress().isParkedByOperator()
                && draft.ownership().durableRevision() < draft.progress().revision()) {
            draft.requireWrite(); // a write contains the audit entry of one request: the park is written first
            return;
        }
        draft.unpark(switchToUndo.actor(), switchToUndo.detail());
        Settling.switchToUndo(draft, switchToUndo);
    }

    // ---- forward

    private static boolean isAllDone(Draft draft) {
        return isAllDone(draft.plan(), draft.progress());
    }

    private static boolean isAllDone(Plan plan, Progress progress) {
        for (int i = 0; i < progress.branches().size(); i++) {
            BranchState state = progress.branch(i).state();
            boolean isSettled = state == BranchState.DONE || state == BranchState.SKIPPED;
            if (!isSettled && !plan.branches().get(i).isRegistered()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Returns whether the branch joined at run time: the participant of its parent, not the coordinator, tries the
     * branch.
     */
    private static boolean isTriedByOthers(Draft draft, int index) {
        return draft.plan().branches().get(index).isRegistered();
    }

    private static void end(Draft draft) {
        TransactionState next = PatternPolicy.of(draft.plan().pattern()).afterForward();
        if (next.isTerminal()) {
            draft.record(next, new Fact.Finished(null, "", ""));
        } else {
            Settling.complete(draft, "");
        }
    }

    private static void callWhatIsReady(Draft draft) {
        for (int i = 0; i < draft.progress().branches().size(); i++) {
            if (isReady(draft, i)) {
                callIfAllowed(draft, i);
            }
        }
    }

    private static boolean isReady(Draft draft, int index) {
        BranchProgress branch = draft.progress().branch(index);
        boolean isOpen = branch.state() == BranchState.PENDING || branch.state() == BranchState.CALLED;
        if (!isOpen || !Calls.isFree(draft, branch) || isTriedByOthers(draft, index)) {
            return false;
        }
        for (int earlier : draft.graph().predecessors(index)) {
            if (draft.progress().branch(earlier).state() != BranchState.DONE) {
                return false;
            }
        }
        return !draft.plan().branches().get(index).pivot() || !isAnyBesideStuck(draft);
    }

    /** Returns whether a branch beside the pivot waits for an operator. Meanwhile the pivot's call does not leave. */
    private static boolean isAnyBesideStuck(Draft draft) {
        List<BranchProgress> branches = draft.progress().branches();
        for (int i = 0; i < branches.size(); i++) {
            if (branches.get(i).stuck() != null && PivotSide.of(draft.plan(), draft.graph(), i) == PivotSide.BESIDE) {
                return true;
            }
        }
        return false;
    }

    private static void callIfAllowed(Draft draft, int index) {
        if (draft.ownership().pause() != null) {
            return;
        }
        Branch branch = draft.plan().branches().get(index);
        if (branch.approval() != null) {
            Approvals.ask(draft, index);
            return;
        }
        if (branch.pivot()
                && draft.progress().pivotRevision() == 0
                && draft.ownership().isHeld()) {
            // checked first: if the pivot cannot be called, a switch to undo must stay possible
            if (Calls.isStuckForAbsentField(draft, index, branch.forward())) {
                return;
            }
            draft.record(new Fact.PivotCalled(index));
        }
        boolean isPivotOnRecord = draft.isDurable(draft.progress().pivotRevision()) || !isFromPivotOn(draft, index);
        // the deliveries of a begun message wait until its decision is durable
        boolean isDecided = draft.isDurable(draft.progress().decidedRevision());
        boolean isOnRecord = isDecided && isPivotOnRecord && Approvals.areDurable(draft, index);
        if (!isOnRecord || !Calls.areResponsesDurable(draft, index)) {
            draft.requireWrite();
        } else if (QueuePosition.isAwaited(draft, index)) {
            QueuePosition.await(draft, index);
        } else {
            Calls.start(draft, index, Role.FORWARD);
        }
    }

    /**
     * Returns whether the branch is the pivot or follows it. Later branches wait for the pivot's record too, because an
     * operator may just have stated the pivot as done.
     */
    private static boolean isFromPivotOn(Draft draft, int index) {
        PivotSide side = PivotSide.of(draft.plan(), draft.graph(), index);
        return side == PivotSide.PIVOT || side == PivotSide.AFTER;
    }

    /**
     * Returns the due time of a transaction that rests before its decision: the deadline, while the deadline can still
     * cause a switch to undo.
     */
    static @Nullable Instant restUntil(Draft draft) {
        return draft.maySwitchToUndo() && !draft.isDeadlineHeldBack() ? draft.deadlineAt() : null;
    }
}
