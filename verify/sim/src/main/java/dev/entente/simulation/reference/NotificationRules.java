package dev.entente.simulation.reference;

import dev.entente.simulation.reference.RulePlan.Branch;

/** The rules of docs/patterns/notification.md. */
final class NotificationRules implements PatternRules {

    /** Applies notification.md, "What an answer means": anything else is an attempt. */
    @Override
    public OutcomeKind means(Branch branch, OutcomeKind received) {
        return switch (received) {
            case REJECTED, REJECTED_SETTLED, FAILED, NOT_FOUND, MISCONFIGURED, UNREACHABLE, SILENCE ->
                OutcomeKind.SILENCE;
            case OK, GONE, IN_PROGRESS, NOT_SENT -> received;
        };
    }

    /** Applies "Switch to undo" 2: no undo once acknowledged, also if a deadline or an abort came during the call. */
    @Override
    public boolean canSwitchToUndo(CoordinatorView view) {
        Branch only = view.plan().branches().getFirst();
        return !view.isDone(only) && !view.forward(only).isInFlight();
    }

    /** Applies "Ends", notification: the attempts are exhausted, or it was refused permanently. */
    @Override
    public boolean causesUndo(CoordinatorView view, Branch branch) {
        return view.forward(branch).isNo()
                || DirectionRules.isStatedAway(view, branch, view.plan().forward(branch));
    }
}
