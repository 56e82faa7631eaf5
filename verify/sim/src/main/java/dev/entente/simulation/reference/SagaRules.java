package dev.entente.simulation.reference;

import dev.entente.simulation.reference.Blueprint.Limb;
import dev.entente.simulation.reference.OperationStatus.Last;
import org.jspecify.annotations.Nullable;

/** Docs/patterns/saga.md. */
final class SagaRules implements PatternRules {

    /** "not found: as failed"; the rest of the table is rules.md's own words. */
    @Override
    public AnswerKind means(CaseFile file, Limb limb, String operation, AnswerKind heard) {
        return heard;
    }

    /** Forward 2 and 3. */
    @Override
    public @Nullable String whyNotYet(CoordinatorView view, Limb limb, String operation) {
        for (Limb before : view.plan().before(limb)) {
            if (!view.mayBeDone(before)) {
                return "Forward 2: '" + before.id() + "', which it comes after, is not done";
            }
        }
        return whyNotPastPivot(view, limb);
    }

    private static @Nullable String whyNotPastPivot(CoordinatorView view, Limb limb) {
        Limb pivot = view.plan().pivot();
        if (pivot == null || !(limb.isPivot() || view.plan().ancestors(limb).contains(pivot))) {
            return null;
        }
        if (!isPivotOnRecord(view)) {
            return "Forward 3: it is not on record that the pivot '" + pivot.id() + "' is called";
        }
        // nobody outside sees when a child was offered: what waits for an operator now may not have then
        return limb.isPivot() && limb.nature() != Blueprint.Nature.CHILD ? whyNotBesideIt(view, pivot) : null;
    }

    private static @Nullable String whyNotBesideIt(CoordinatorView view, Limb pivot) {
        for (Limb other : view.plan().limbs()) {
            boolean isBeside = !other.equals(pivot)
                    && !view.plan().ancestors(pivot).contains(other)
                    && !view.plan().descendants(pivot).contains(other);
            boolean isStuck = view.forward(other).isNo() || view.forward(other).isMisconfigured();
            boolean mayBeReopened =
                    view.file().deeds().mayReopenSince(view.forward(other).lastAt());
            if (isBeside && isStuck && !mayBeReopened && !view.mayBeDone(other)) {
                return "Forward 3: '" + other.id() + "', beside the pivot, waits for an operator";
            }
        }
        return null;
    }

    /** Forward 3. Where nothing comes before the pivot, not even a start time, the accept is the record. */
    static boolean isPivotOnRecord(CoordinatorView view) {
        Limb pivot = view.plan().pivot();
        boolean isFirst = pivot != null && view.plan().before(pivot).isEmpty();
        return view.isPivotCalled() || (isFirst && view.file().ranFromAcceptOn());
    }

    /** Turning 2. */
    @Override
    public boolean canTurn(CoordinatorView view) {
        return !isPivotOnRecord(view);
    }

    /** Turning 1 and 2. */
    @Override
    public boolean turnsBy(CoordinatorView view, Limb limb) {
        OperationStatus status = view.forward(limb);
        if (limb.isPivot()) {
            return status.last() == Last.REJECTED && !status.isUnsure();
        }
        Limb pivot = view.plan().pivot();
        boolean isAfterPivot = pivot != null && view.plan().ancestors(limb).contains(pivot);
        boolean isStatedAway = TurningRules.isStatedAway(view, limb, view.plan().forward(limb)) && canTurn(view);
        return isStatedAway || (!isAfterPivot && !limb.isRetriable() && status.isNo());
    }

    /** Ends, saga: every step is done. */
    @Override
    public boolean isAllDone(CoordinatorView view, boolean isCertain) {
        return view.plan().limbs().stream().allMatch(limb -> isCertain ? view.isDone(limb) : view.mayBeDone(limb));
    }
}
