package dev.entente.simulation.reference;

import dev.entente.simulation.reference.RulePlan.Branch;
import dev.entente.simulation.reference.RulePlan.BranchKind;
import dev.entente.simulation.reference.StoredRecord.Stage;
import org.jspecify.annotations.Nullable;

/** The rules of docs/patterns/message.md, and of the order in docs/patterns/topics.md. */
final class MessageRules implements PatternRules {

    /** Interprets the answer to a check. A rejected is final; every answer that decides nothing means "ask again". */
    @Override
    public OutcomeKind means(Branch branch, OutcomeKind received) {
        if (branch.kind() != BranchKind.CHECK) {
            return received;
        }
        return switch (received) {
            case REJECTED, REJECTED_SETTLED -> OutcomeKind.REJECTED_SETTLED;
            case FAILED, NOT_FOUND, GONE, MISCONFIGURED, UNREACHABLE, SILENCE -> OutcomeKind.SILENCE;
            case OK, IN_PROGRESS, NOT_SENT -> received;
        };
    }

    /** Applies "Forward" 1 and 2. */
    @Override
    public @Nullable String whyNotYet(CoordinatorView view, Branch branch, String operation) {
        boolean isBegun = view.log().stored().stage() == Stage.BEGUN;
        if (branch.kind() == BranchKind.CHECK) {
            return isBegun ? null : "message.md: a decision exists, so no check-back may leave";
        }
        if (isBegun) {
            return "Forward 1: neither the client's nor the check-back's decision is on record";
        }
        // topics.md, "Order": a delivery with an ordering key leaves when it is the first of its queue
        return branch.queue().isEmpty() || view.log().isFirstInQueue(branch.id())
                ? null
                : "Forward 2: the delivery is not the first in its queue, " + branch.queue();
    }

    /** Applies "Switch to undo" 2: a running message cannot switch to undo. */
    @Override
    public boolean canSwitchToUndo(CoordinatorView view) {
        return !view.log().hasRun();
    }

    /** Applies "Switch to undo" 1: the check-back's refusal. */
    @Override
    public boolean causesUndo(CoordinatorView view, Branch branch) {
        return branch.kind() == BranchKind.CHECK
                && canSwitchToUndo(view)
                && (view.forward(branch).last() == OperationStatus.Last.REJECTED
                        || DirectionRules.isStatedAway(view, branch, view.plan().forward(branch)));
    }

    /** Applies "Ends", message: every delivery is done, dropped or given up by an operator. */
    @Override
    public boolean isAllDone(CoordinatorView view, boolean isCertain) {
        return !canSwitchToUndo(view)
                && view.plan().branches().stream()
                        .filter(branch -> branch.kind() != BranchKind.CHECK)
                        .allMatch(branch ->
                                isCertain ? view.isDone(branch) : view.mayBeDone(branch) || mayBeDropped(view));
    }

    private static boolean mayBeDropped(CoordinatorView view) {
        return view.log()
                .requests()
                .mayHave(request -> request instanceof Request.Skip || request instanceof Request.Drop);
    }
}
