package dev.entente.simulation.reference;

import dev.entente.simulation.reference.RulePlan.Branch;

/** The rules of docs/patterns/notification.md. */
final class NotificationRules implements PatternRules {

    /** Applies "Anything else: back off, again; at the limit: given up." */
    @Override
    public AnswerKind means(Branch branch, AnswerKind heard) {
        return switch (heard) {
            case REJECTED, REJECTED_SETTLED, FAILED, NOT_FOUND, MISCONFIGURED, UNREACHABLE, SILENCE ->
                AnswerKind.SILENCE;
            case OK, GONE, IN_PROGRESS, NOT_SENT -> heard;
        };
    }

    /**
     * Applies "Turning" 2: no undo once acknowledged, "even where a deadline or an abort came while the call was under
     * way".
     */
    @Override
    public boolean canSwitchToUndo(CoordinatorView view) {
        Branch only = view.plan().branches().getFirst();
        return !view.isDone(only) && !view.forward(only).isUnderWay();
    }

    /** Applies "given up": the attempts are used up, or the receiver no longer exists. */
    @Override
    public boolean turnsBy(CoordinatorView view, Branch branch) {
        return view.forward(branch).isNo()
                || DirectionRules.isStatedAway(view, branch, view.plan().forward(branch));
    }
}
