package dev.entente.simulation.reference;

import dev.entente.simulation.reference.RulePlan.Branch;
import org.jspecify.annotations.Nullable;

/** The rules of a pattern's page in addition to rules.md; the defaults are common to most patterns. */
interface PatternRules {
    /**
     * Translates an answer by the pattern's section "What an answer means". By default an answer keeps its meaning;
     * {@link OperationStatus} treats "not found" as failed.
     */
    default OutcomeKind means(Branch branch, OutcomeKind received) {
        return received;
    }

    /**
     * Returns why this forward operation may not be called yet ("Forward" 2).
     *
     * @return a sentence, or null if the order permits the call
     */
    default @Nullable String whyNotYet(CoordinatorView view, Branch branch, String operation) {
        return null;
    }

    /** Returns whether anything except a believed rejection of the pivot can cause the undo ("Switch to undo" 2). */
    default boolean canSwitchToUndo(CoordinatorView view) {
        return true;
    }

    /** Returns whether this branch's refusal switches the transaction to undo ("Switch to undo" 1). */
    boolean causesUndo(CoordinatorView view, Branch branch);

    /** Returns whether all forward operations are done ("Who is completed" 1, "Ends"). */
    default boolean isAllDone(CoordinatorView view, boolean isCertain) {
        return view.plan().branches().stream().allMatch(branch -> view.isDone(branch, isCertain));
    }
}
