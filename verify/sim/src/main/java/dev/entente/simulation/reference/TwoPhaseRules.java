package dev.entente.simulation.reference;

import dev.entente.simulation.reference.Blueprint.Limb;
import org.jspecify.annotations.Nullable;

/** Docs/patterns/two-phase.md. */
final class TwoPhaseRules implements PatternRules {
    static final String PRE_COMMIT = "pre_commit";

    /** "not found: as failed"; the rest of the table is rules.md's own words. */
    @Override
    public AnswerKind means(CaseFile file, Limb limb, String operation, AnswerKind heard) {
        return heard;
    }

    /** Forward 2. */
    @Override
    public @Nullable String whyNotYet(CoordinatorView view, Limb limb, String operation) {
        if (!operation.equals(PRE_COMMIT)) {
            return null;
        }
        for (Limb other : view.plan().limbs()) {
            if (!view.mayBeDone(other)) {
                return "Forward 2: pre-commits leave when every prepare has succeeded; '" + other.id() + "' has not";
            }
        }
        return null;
    }

    /** Turning 2: until its completion is decided. */
    @Override
    public boolean canTurn(CoordinatorView view) {
        return true;
    }

    /** Turning 1; "a pre-commit that is refused, fails or stays unanswered turns the transaction, like a prepare". */
    @Override
    public boolean turnsBy(CoordinatorView view, Limb limb) {
        return view.forward(limb).isNo()
                || view.operation(limb, PRE_COMMIT).isNo()
                || TurningRules.isStatedAway(view, limb, view.plan().forward(limb))
                || TurningRules.isStatedAway(view, limb, PRE_COMMIT);
    }

    /** Rule "Who is completed" 1. */
    @Override
    public boolean isAllDone(CoordinatorView view, boolean isCertain) {
        return view.plan().limbs().stream().allMatch(limb -> isDone(view, limb, isCertain));
    }

    private static boolean isDone(CoordinatorView view, Limb limb, boolean isCertain) {
        boolean isPrepared = isCertain ? view.isDone(limb) : view.mayBeDone(limb);
        boolean isAgreed = !limb.has(PRE_COMMIT)
                || view.operation(limb, PRE_COMMIT).isDone()
                || (!isCertain && view.mayBeStated(limb, PRE_COMMIT, Deed.Truth.DONE));
        return isPrepared && isAgreed;
    }
}
