package dev.entente.simulation.reference;

import dev.entente.simulation.reference.Blueprint.Limb;
import dev.entente.simulation.reference.Blueprint.Nature;
import dev.entente.simulation.reference.CoordinatorView.Direction;
import dev.entente.simulation.reference.OperationStatus.Last;
import org.jspecify.annotations.Nullable;

/** Rules.md, "Turning". */
final class TurningRules {
    private TurningRules() {}

    /** Turning 1 and 3: why an event at that time finds it turned for certain, or null. */
    static @Nullable String whyTurned(CoordinatorView view, long at) {
        for (Limb limb : view.plan().limbs()) {
            if (view.file().pattern().turnsBy(view, limb)) {
                return "'" + limb.id() + "' was " + view.forward(limb).last();
            }
        }
        return hasPassed(view, at, view.file().clockErrorMillis())
                        && view.file().pattern().canTurn(view)
                ? CoordinatorView.DEADLINE
                : null;
    }

    /** Turning 1: whether anything that was seen, or asked for, can have turned it by that time. */
    static boolean mayHaveTurned(CoordinatorView view, long at) {
        if (view.direction() == Direction.TURNED || whyTurned(view, at) != null) {
            return true;
        }
        boolean isAsked = view.file().deeds().mayHave(Deed.Abort.class::isInstance);
        boolean isTime = hasPassed(view, at, -view.file().clockErrorMillis());
        boolean mayTurnByBranch = view.plan().limbs().stream().anyMatch(limb -> mayTurnBy(view, limb));
        return (view.file().pattern().canTurn(view) && (isAsked || isTime || mayTurnByBranch)) || mayTurnByPivot(view);
    }

    /** Turning 2: nobody can tell whether its no can be believed. */
    private static boolean mayTurnByPivot(CoordinatorView view) {
        return view.plan().limbs().stream()
                .anyMatch(limb -> limb.isPivot() && view.forward(limb).mayBeAskedAgain());
    }

    /** Turning 3. */
    static boolean hasPassed(CoordinatorView view, long at, long clockErrorMillis) {
        Long deadline = view.plan().deadlineAt();
        return deadline != null && at >= deadline + clockErrorMillis;
    }

    private static boolean mayTurnBy(CoordinatorView view, Limb limb) {
        if (mayBeStatedAway(view, limb, view.plan().forward(limb))
                || mayBeStatedAway(view, limb, TwoPhaseRules.PRE_COMMIT)) {
            return true;
        }
        return !limb.isRetriable() && mayTurnByItsAnswer(view, limb);
    }

    private static boolean mayBeStatedAway(CoordinatorView view, Limb limb, String operation) {
        return view.mayBeStated(limb, operation, Deed.Truth.NEVER_HAPPENED)
                || view.mayBeStated(limb, operation, Deed.Truth.UNDONE);
    }

    private static boolean mayTurnByItsAnswer(CoordinatorView view, Limb limb) {
        return view.forward(limb).mayBeExhausted()
                || view.forward(limb).isUnsure()
                || view.operation(limb, TwoPhaseRules.PRE_COMMIT).mayBeExhausted()
                || view.file().deeds().mayHave(deed -> deed.equals(new Deed.Approve(limb.id(), false)))
                || mayHaveFailedToBeAccepted(view, limb);
    }

    /** Nobody outside sees how often a child was offered in vain. */
    private static boolean mayHaveFailedToBeAccepted(CoordinatorView view, Limb limb) {
        return limb.nature() == Nature.CHILD
                && !view.isDone(limb)
                && view.plan().before(limb).stream().allMatch(view::mayBeDone);
    }

    /** An operator said that it never happened, or that it was taken back. */
    static boolean isStatedAway(CoordinatorView view, Limb limb, String operation) {
        Last last = view.operation(limb, operation).last();
        return last == Last.STATED_NEVER || last == Last.STATED_UNDONE;
    }
}
