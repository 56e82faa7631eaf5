package dev.entente.simulation.reference;

import dev.entente.simulation.reference.Blueprint.Limb;
import org.jspecify.annotations.Nullable;

/** Docs/patterns/notification.md. */
final class NotificationRules implements PatternRules {

    /** "Anything else: back off, again; at the limit: given up." */
    @Override
    public AnswerKind means(CaseFile file, Limb limb, String operation, AnswerKind heard) {
        return switch (heard) {
            case REJECTED, REJECTED_SETTLED, FAILED, NOT_FOUND, MISCONFIGURED, NOBODY_THERE, SILENCE ->
                AnswerKind.SILENCE;
            case OK, GONE, IN_PROGRESS, NOT_SENT -> heard;
        };
    }

    @Override
    public @Nullable String whyNotYet(CoordinatorView view, Limb limb, String operation) {
        return null;
    }

    /**
     * Turning 2: not once it was acknowledged, "even where a deadline or an abort came while the call was under way".
     */
    @Override
    public boolean canTurn(CoordinatorView view) {
        Limb only = view.plan().limbs().getFirst();
        return !view.isDone(only) && !view.forward(only).isUnderWay();
    }

    /** Given up: attempts used up, or the receiver is gone. */
    @Override
    public boolean turnsBy(CoordinatorView view, Limb limb) {
        return view.forward(limb).isNo()
                || TurningRules.isStatedAway(view, limb, view.plan().forward(limb));
    }

    /** Ends, notification: acknowledged. */
    @Override
    public boolean isAllDone(CoordinatorView view, boolean isCertain) {
        return view.plan().limbs().stream().allMatch(limb -> isCertain ? view.isDone(limb) : view.mayBeDone(limb));
    }
}
