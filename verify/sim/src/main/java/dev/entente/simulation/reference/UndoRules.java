package dev.entente.simulation.reference;

import dev.entente.simulation.reference.Blueprint.Limb;
import dev.entente.simulation.reference.Blueprint.Nature;
import dev.entente.simulation.reference.OperationStatus.Last;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Rules.md, "Who is undone". */
final class UndoRules {
    private UndoRules() {}

    /** Rule "Who is undone" 1 and 2: by a decision that this coordinator takes now. */
    static SettlingList list(CoordinatorView view) {
        Set<String> must = new LinkedHashSet<>();
        Set<String> may = new LinkedHashSet<>();
        for (Limb limb : view.plan().limbs()) {
            if (limb.has(view.plan().undo())) {
                OperationStatus status = view.forward(limb);
                boolean isExempt = status.last() == Last.REJECTED || status.last() == Last.STATED_UNDONE;
                if (mayHaveBeenCalled(view, limb) && (!isExempt || status.isUnsure())) {
                    may.add(limb.id());
                }
                boolean mayBeExempt = view.mayBeStated(limb, view.plan().forward(limb), Deed.Truth.UNDONE);
                if (wasCalled(view, limb) && !isExempt && !mayBeExempt) {
                    must.add(limb.id());
                }
            }
        }
        return new SettlingList(view.plan().undo(), must, may);
    }

    /** Rule "Who is undone" 3 and 4. */
    private static boolean wasCalled(CoordinatorView view, Limb limb) {
        return switch (limb.nature()) {
            case REGISTERED -> true;
            case CHILD -> view.isDone(limb) || isKnownOrSuspected(view, limb);
            case CALL, CHECK -> isKnownOrSuspected(view, limb);
            case APPROVAL -> false;
        };
    }

    private static boolean isKnownOrSuspected(CoordinatorView view, Limb limb) {
        OperationStatus status = view.forward(limb);
        boolean isSuspected = status.isSuspected() && reachable(view).contains(limb);
        return status.countsAsCalled() || status.last() != Last.NONE || isSuspected;
    }

    private static boolean mayHaveBeenCalled(CoordinatorView view, Limb limb) {
        // nobody outside sees a child being offered
        boolean mayBeOffered = limb.nature() == Nature.CHILD
                && view.plan().before(limb).stream().allMatch(view::mayBeDone);
        return wasCalled(view, limb) || mayBeOffered;
    }

    /**
     * Rule "Who is undone" 3: the branches without an outcome on record that an earlier coordinator may have called.
     */
    static List<Limb> maybeCalledUnseen(CoordinatorView view) {
        List<Limb> found = new ArrayList<>();
        Set<Limb> reachable = reachable(view);
        for (Limb limb : view.plan().limbs()) {
            boolean isOpen = view.forward(limb).last() == Last.NONE && limb.nature() != Nature.APPROVAL;
            if (isOpen && reachable.contains(limb) && !isBehindGate(view, limb)) {
                found.add(limb);
            }
        }
        return found;
    }

    /** Rule "Who is undone" 3, second exception: what a way from a root leads to that meets no final no. */
    private static Set<Limb> reachable(CoordinatorView view) {
        Set<Limb> found = new HashSet<>();
        for (boolean hasGrown = true; hasGrown; ) {
            hasGrown = false;
            for (Limb limb : view.plan().limbs()) {
                Set<Limb> before = view.plan().before(limb);
                boolean isReached = before.isEmpty()
                        || hasAnyJoinedBehind(view, limb)
                        || before.stream()
                                .anyMatch(other -> found.contains(other)
                                        && !view.forward(other).isFinalNo());
                hasGrown |= isReached && found.add(limb);
            }
        }
        return found;
    }

    /** Rule "Who is undone" 3: what a branch has joined below was being tried, and all before it was done. */
    private static boolean hasAnyJoinedBehind(CoordinatorView view, Limb limb) {
        return view.plan().descendants(limb).stream().anyMatch(other -> other.nature() == Nature.REGISTERED);
    }

    /**
     * Rule "Who is undone" 3, first exception: an approval, a bound response, the pivot's call that are not on record.
     */
    private static boolean isBehindGate(CoordinatorView view, Limb limb) {
        Set<Limb> wayThere = new LinkedHashSet<>(view.plan().ancestors(limb));
        wayThere.add(limb);
        return wayThere.stream().anyMatch(each -> isShutGate(view, each));
    }

    private static boolean isShutGate(CoordinatorView view, Limb limb) {
        boolean isUnanswered =
                limb.nature() == Nature.APPROVAL && !view.forward(limb).isDone();
        boolean isUncalledPivot = limb.isPivot() && !SagaRules.isPivotOnRecord(view);
        boolean lacksResponse = limb.binds().stream()
                .flatMap(from -> view.plan().find(from).stream())
                .anyMatch(from -> !view.forward(from).isDone());
        return isUnanswered || isUncalledPivot || lacksResponse;
    }

    /** Rule "Who is undone" 5. */
    static @Nullable String whyNotInOrder(CoordinatorView view, SettlingList list, Limb limb, long at) {
        for (Limb later : view.plan().descendants(limb)) {
            if (list.must().contains(later.id()) && !SettlingRules.maySettled(view, later, list.operation())) {
                return "Who is undone 5: '" + later.id() + "', which comes after it, may still be undone";
            }
        }
        // of a branch that is done, what an earlier coordinator sent changes nothing any more
        boolean mayArrive = !view.isDone(limb)
                && view.file().attempts().underWay(at).stream()
                        .anyMatch(call -> call.branch().equals(limb.id())
                                && call.operation().equals(view.plan().forward(limb)));
        return mayArrive || view.forward(limb).isUnderWay() ? "Who is undone 5: its forward call is under way" : null;
    }
}
