package dev.entente.simulation.reference;

import dev.entente.simulation.reference.RulePlan.Branch;
import org.jspecify.annotations.Nullable;

/** The rules on a pattern's page beside those of rules.md; by default, what most patterns have in common. */
interface PatternRules {
    /** The table "What an answer means", where it does not mean what it says. "Not found: as failed" is said there. */
    default AnswerKind means(Branch branch, AnswerKind heard) {
        return heard;
    }

    /**
     * Forward 2: why this forward operation may not be called yet.
     *
     * @return a sentence, or null if the order permits it
     */
    default @Nullable String whyNotYet(CoordinatorView view, Branch branch, String operation) {
        return null;
    }

    /** Turning 2: whether anything could turn it now, a believed no of its pivot left aside. */
    default boolean canTurn(CoordinatorView view) {
        return true;
    }

    /** Turning 1: whether this branch's no turns it. */
    boolean turnsBy(CoordinatorView view, Branch branch);

    /** Rule "Who is completed" 1, Ends: whether all is done that forward operations do. */
    default boolean isAllDone(CoordinatorView view, boolean isCertain) {
        return view.plan().branches().stream().allMatch(branch -> view.isDone(branch, isCertain));
    }
}
