package dev.entente.simulation.reference;

import dev.entente.simulation.reference.OperationStatus.Last;
import dev.entente.simulation.reference.RulePlan.Branch;
import dev.entente.simulation.reference.RulePlan.BranchKind;
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
        for (Branch branch : view.plan().branches()) {
            if (branch.has(view.plan().undo())) {
                OperationStatus status = view.forward(branch);
                boolean isExempt = status.last() == Last.REJECTED || status.last() == Last.STATED_UNDONE;
                if (mayHaveBeenCalled(view, branch) && (!isExempt || status.isUnsure())) {
                    may.add(branch.id());
                }
                boolean mayBeExempt = view.mayBeStated(branch, view.plan().forward(branch), Request.Truth.UNDONE);
                if (wasCalled(view, branch) && !isExempt && !mayBeExempt) {
                    must.add(branch.id());
                }
            }
        }
        return new SettlingList(view.plan().undo(), must, may);
    }

    /** Rule "Who is undone" 3 and 4. */
    private static boolean wasCalled(CoordinatorView view, Branch branch) {
        return switch (branch.kind()) {
            case REGISTERED -> true;
            case CHILD -> view.isDone(branch) || isKnownOrSuspected(view, branch);
            case CALL, CHECK -> isKnownOrSuspected(view, branch);
            case APPROVAL -> false;
        };
    }

    private static boolean isKnownOrSuspected(CoordinatorView view, Branch branch) {
        OperationStatus status = view.forward(branch);
        boolean isSuspected = status.isSuspected() && reachable(view).contains(branch);
        return status.countsAsCalled() || status.last() != Last.NONE || isSuspected;
    }

    private static boolean mayHaveBeenCalled(CoordinatorView view, Branch branch) {
        // nobody outside sees a child being offered
        boolean mayBeOffered = branch.kind() == BranchKind.CHILD
                && view.plan().before(branch).stream().allMatch(view::mayBeDone);
        return wasCalled(view, branch) || mayBeOffered;
    }

    /**
     * Rule "Who is undone" 3: the branches without an outcome on record that an earlier coordinator may have called.
     */
    static List<Branch> maybeCalledUnseen(CoordinatorView view) {
        List<Branch> found = new ArrayList<>();
        Set<Branch> reachable = reachable(view);
        for (Branch branch : view.plan().branches()) {
            boolean isOpen = view.forward(branch).last() == Last.NONE && branch.kind() != BranchKind.APPROVAL;
            if (isOpen && reachable.contains(branch) && !isBehindGate(view, branch)) {
                found.add(branch);
            }
        }
        return found;
    }

    /** Rule "Who is undone" 3, second exception: what a way from a root leads to that meets no final no. */
    private static Set<Branch> reachable(CoordinatorView view) {
        Set<Branch> found = new HashSet<>();
        for (boolean hasGrown = true; hasGrown; ) {
            hasGrown = false;
            for (Branch branch : view.plan().branches()) {
                Set<Branch> before = view.plan().before(branch);
                boolean isReached = before.isEmpty()
                        || hasAnyJoinedBehind(view, branch)
                        || before.stream()
                                .anyMatch(other -> found.contains(other)
                                        && !view.forward(other).isFinalNo());
                hasGrown |= isReached && found.add(branch);
            }
        }
        return found;
    }

    /** Rule "Who is undone" 3: what a branch has joined below was being tried, and all before it was done. */
    private static boolean hasAnyJoinedBehind(CoordinatorView view, Branch branch) {
        return view.plan().descendants(branch).stream().anyMatch(other -> other.kind() == BranchKind.REGISTERED);
    }

    /**
     * Rule "Who is undone" 3, first exception: an approval, a bound response, the pivot's call that are not on record.
     */
    private static boolean isBehindGate(CoordinatorView view, Branch branch) {
        Set<Branch> wayThere = new LinkedHashSet<>(view.plan().ancestors(branch));
        wayThere.add(branch);
        return wayThere.stream().anyMatch(each -> isShutGate(view, each));
    }

    private static boolean isShutGate(CoordinatorView view, Branch branch) {
        boolean isUnanswered =
                branch.kind() == BranchKind.APPROVAL && !view.forward(branch).isDone();
        boolean isUncalledPivot = branch.isPivot() && !SagaRules.isPivotOnRecord(view);
        boolean lacksResponse = branch.binds().stream()
                .flatMap(from -> view.plan().find(from).stream())
                .anyMatch(from -> !view.forward(from).isDone());
        return isUnanswered || isUncalledPivot || lacksResponse;
    }

    /** Rule "Who is undone" 5. */
    static @Nullable String whyNotInOrder(CoordinatorView view, SettlingList list, Branch branch, long at) {
        for (Branch later : view.plan().descendants(branch)) {
            if (list.must().contains(later.id()) && !SettlingRules.maySettled(view, later, list.operation())) {
                return "Who is undone 5: '" + later.id() + "', which comes after it, may still be undone";
            }
        }
        // of a branch that is done, what an earlier coordinator sent changes nothing any more
        boolean mayArrive = !view.isDone(branch)
                && view.log().attempts().underWay(at).stream()
                        .anyMatch(call -> call.branch().equals(branch.id())
                                && call.operation().equals(view.plan().forward(branch)));
        return mayArrive || view.forward(branch).isUnderWay() ? "Who is undone 5: its forward call is under way" : null;
    }
}
