package dev.entente.simulation.reference;

import dev.entente.simulation.reference.RulePlan.Branch;

/** The rules of docs/patterns/notification.md. */
final class NotificationRules implements PatternRules {

    /** Applies notification.md, "What an answer means": anything else is an attempt. */
    @Override
    public AnswerKind means(Branch branch, AnswerKind heard) {
        return switch (heard) {
            case REJECTED, REJECTED_SETTLED, FAILED, NOT_FOUND, MISCONFIGURED, UNREACHABLE, SILENCE ->
                AnswerKind.SILENCE;
            case OK, GONE, IN_PROGRESS, NOT_SENT -> heard;
        };
    }

    /** Applies "Switch to undo" 2: no undo once acknowledged, also if a deadline or an abort came during the call. */
    @Override
    public boolean canSwitchToUndo(CoordinatorView view) {
        Branch only = view.plan().branches().getFirst();
        return !view.isDone(only) && !view.forward(only).isUnderWay();
    }

    /** Applies "Ends", notification: the attempts are exhausted, or it was refused permanently. */
    @Override
    public boolean causesUndo(CoordinatorView view, Branch branch) {
        return view.forward(branch).isNo()
                || DirectionRules.isStatedAway(view, branch, view.plan().forward(branch));
    }
}
