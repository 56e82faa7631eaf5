package dev.entente.simulation.reference;

import dev.entente.simulation.reference.RulePlan.Branch;
import org.jspecify.annotations.Nullable;

/** The rules of docs/patterns/two-phase.md. */
final class TwoPhaseRules implements PatternRules {
    static final String PRE_COMMIT = "pre_commit";

    /** Applies "Forward" 2. */
    @Override
    public @Nullable String whyNotYet(CoordinatorView view, Branch branch, String operation) {
        if (!operation.equals(PRE_COMMIT)) {
            return null;
        }
        for (Branch other : view.plan().branches()) {
            if (!view.mayBeDone(other)) {
                return "Forward 2: pre-commits leave when every prepare has succeeded; '" + other.id() + "' has not";
            }
        }
        return null;
    }

    /** Applies "Switch to undo" 1: a pre-commit that is rejected, failed or exhausted. */
    @Override
    public boolean causesUndo(CoordinatorView view, Branch branch) {
        return view.forward(branch).isNo()
                || view.operation(branch, PRE_COMMIT).isNo()
                || DirectionRules.isStatedAway(view, branch, view.plan().forward(branch))
                || DirectionRules.isStatedAway(view, branch, PRE_COMMIT);
    }

    /** Applies "Who is completed" 1. */
    @Override
    public boolean isAllDone(CoordinatorView view, boolean isCertain) {
        return view.plan().branches().stream().allMatch(branch -> isDone(view, branch, isCertain));
    }

    private static boolean isDone(CoordinatorView view, Branch branch, boolean isCertain) {
        boolean isPrepared = view.isDone(branch, isCertain);
        boolean isAgreed = !branch.has(PRE_COMMIT)
                || view.operation(branch, PRE_COMMIT).isDone()
                || (!isCertain && view.mayBeStated(branch, PRE_COMMIT, Request.Truth.DONE));
        return isPrepared && isAgreed;
    }
}
