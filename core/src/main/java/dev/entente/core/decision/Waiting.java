package dev.entente.core.decision;

import dev.entente.core.transaction.AbortReason;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.Ownership.SwitchToUndo;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.TransactionState;
import java.time.Instant;

/**
 * Transactions that have not started: the client has not decided, or the start time is not reached. They are in memory
 * only during a change.
 */
final class Waiting {
    static final SwitchToUndo DEADLINE = new SwitchToUndo(AbortReason.DEADLINE, "the deadline has passed", "");

    private Waiting() {}

    /** Switches a transaction that has not started to undo, if its deadline has passed. */
    static void undoIfLate(Draft draft) {
        boolean hasNotStarted = switch (draft.state()) {
            case BEGUN, SCHEDULED -> true;
            case RUNNING, COMPLETING, UNDOING, SUCCEEDED, ABORTED, GIVEN_UP -> false;
        };
        if (hasNotStarted && isUndoneByDeadline(draft)) {
            Settling.switchToUndo(draft, DEADLINE);
        }
    }

    /**
     * Returns whether a scheduled transaction without undo may have made a call. The start is not written ahead, so
     * after a takeover the row shows SCHEDULED.
     */
    static boolean mayHaveLeft(Plan plan, Progress progress) {
        return !PatternPolicy.of(plan.pattern()).maySwitchToUndo()
                && progress.branches().stream().anyMatch(branch -> branch.state() == BranchState.CALLED);
    }

    /**
     * Returns whether the start time has not come: this coordinator's clock and all recorded events are before it. The
     * recorded events are compared, because the clock of a machine that was suspended is late until the next renewal of
     * its lease.
     */
    static boolean isBeforeStart(Draft draft) {
        Instant start = draft.plan().startTime();
        return start != null
                && draft.now().isBefore(start)
                && draft.progress().history().events().stream()
                        .allMatch(event -> event.time().isBefore(start));
    }

    static void begun(Draft draft) {
        int check = draft.plan().checkBack();
        if (check >= 0) {
            CheckBack.advance(draft, check);
        } else if (isUndoneByDeadline(draft)) {
            Settling.switchToUndo(draft, DEADLINE);
        } else {
            draft.rest(Forward.restUntil(draft));
        }
    }

    static void scheduled(Draft draft) {
        Instant start = draft.plan().startTime();
        if (isUndoneByDeadline(draft)) {
            Settling.switchToUndo(draft, DEADLINE);
        } else if (draft.progress().parked() != null) {
            draft.rest(Forward.restUntil(draft));
        } else if (start != null && draft.now().isBefore(start)) {
            Instant deadline = draft.deadlineAt();
            draft.rest(deadline == null || start.isBefore(deadline) ? start : deadline);
        } else {
            draft.record(TransactionState.RUNNING, new Fact.Started());
            Forward.advance(draft);
        }
    }

    private static boolean isUndoneByDeadline(Draft draft) {
        return draft.isPastDeadline() && !draft.isDeadlineHeldBack();
    }
}
