package dev.entente.simulation.reference;

import dev.entente.simulation.reference.Blueprint.Limb;
import org.jspecify.annotations.Nullable;

/** The rules on a pattern's page beside those of rules.md. */
interface PatternRules {
    /** The table "What an answer means", where it does not mean what it says. */
    AnswerKind means(CaseFile file, Limb limb, String operation, AnswerKind heard);

    /**
     * Forward 2: why this forward operation may not be called yet.
     *
     * @return a sentence, or null if the order permits it
     */
    @Nullable
    String whyNotYet(CoordinatorView view, Limb limb, String operation);

    /** Turning 2: whether anything could turn it now, a believed no of its pivot left aside. */
    boolean canTurn(CoordinatorView view);

    /** Turning 1: whether this branch's no turns it. */
    boolean turnsBy(CoordinatorView view, Limb limb);

    /** Rule "Who is completed" 1, Ends: whether all is done that forward operations do. */
    boolean isAllDone(CoordinatorView view, boolean isCertain);
}
