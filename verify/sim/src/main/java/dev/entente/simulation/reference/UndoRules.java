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

/** The rules of rules.md, "Who is undone". */
final class UndoRules {
    private UndoRules() {}

    /** Returns the branches to undo if this coordinator decides now ("Who is undone" 1 and 2). */
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

    /** Applies "Who is undone" 3 and 4. */
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
        // an observer cannot see the call that asks for the accept of a child transaction
        boolean mayBeOffered = branch.kind() == BranchKind.CHILD
                && view.plan().before(branch).stream().allMatch(view::mayBeDone);
        return wasCalled(view, branch) || mayBeOffered;
    }

    /**
     * Returns the branches without a recorded outcome that an earlier coordinator may have called ("Who is undone" 3).
     */
    static List<Branch> maybeCalledUnseen(CoordinatorView view) {
        List<Branch> found = new ArrayList<>();
        Set<Branch> reachable = reachable(view);
        for (Branch branch : view.plan().branches()) {
            boolean isOpen = view.forward(branch).last() == Last.NONE && branch.kind() != BranchKind.APPROVAL;
            if (isOpen && reachable.contains(branch) && !isBehindMissingRecord(view, branch)) {
                found.add(branch);
            }
        }
        return found;
    }

    /** Returns the branches reachable from a root without a final refusal ("Who is undone" 3, exception 2). */
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

    /** Applies "Who is undone" 3: a branch with a joined descendant, and all before it, may have been called. */
    private static boolean hasAnyJoinedBehind(CoordinatorView view, Branch branch) {
        return view.plan().descendants(branch).stream().anyMatch(other -> other.kind() == BranchKind.REGISTERED);
    }

    /** Applies "Who is undone" 3, exception 1: an approval, a bound response or the pivot's call is not on record. */
    private static boolean isBehindMissingRecord(CoordinatorView view, Branch branch) {
        Set<Branch> path = new LinkedHashSet<>(view.plan().ancestors(branch));
        path.add(branch);
        return path.stream().anyMatch(each -> isRecordMissing(view, each));
    }

    private static boolean isRecordMissing(CoordinatorView view, Branch branch) {
        boolean isUnanswered =
                branch.kind() == BranchKind.APPROVAL && !view.forward(branch).isDone();
        boolean isUncalledPivot = branch.isPivot() && !SagaRules.isPivotOnRecord(view);
        boolean lacksResponse = branch.binds().stream()
                .flatMap(from -> view.plan().find(from).stream())
                .anyMatch(from -> !view.forward(from).isDone());
        return isUnanswered || isUncalledPivot || lacksResponse;
    }

    /** Applies "Who is undone" 5. */
    static @Nullable String whyNotInOrder(CoordinatorView view, SettlingList list, Branch branch, long at) {
        for (Branch later : view.plan().descendants(branch)) {
            if (list.must().contains(later.id()) && !SettlingRules.maySettled(view, later, list.operation())) {
                return "Who is undone 5: the later branch '" + later.id() + "' may still be undone";
            }
        }
        // calls of an earlier coordinator cannot change a branch that is done
        boolean mayArrive = !view.isDone(branch)
                && view.log().attempts().inFlight(at).stream()
                        .anyMatch(call -> call.branch().equals(branch.id())
                                && call.operation().equals(view.plan().forward(branch)));
        return mayArrive || view.forward(branch).isInFlight() ? "Who is undone 5: its forward call is in flight" : null;
    }
}
