package dev.entente.simulation.reference;

import dev.entente.simulation.reference.RulePlan.Branch;
import dev.entente.simulation.reference.RulePlan.BranchKind;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Docs/patterns/tcc.md. */
final class TccRules implements PatternRules {

    /** Forward 2. */
    @Override
    public @Nullable String whyNotYet(CoordinatorView view, Branch branch, String operation) {
        if (branch.kind() == BranchKind.REGISTERED) {
            return "Forward 2: the tries of registered branches are made by whoever registered them";
        }
        for (Branch before : view.plan().before(branch)) {
            if (!view.mayBeDone(before)) {
                return "Forward 2: the try of '" + before.id() + "', its parent or the one before it, is not done";
            }
        }
        return null;
    }

    /** Turning 1; Who is completed 1: a registered child that its parent's trailer does not name turns it, too. */
    @Override
    public boolean turnsBy(CoordinatorView view, Branch branch) {
        if (branch.kind() == BranchKind.REGISTERED) {
            return !view.plan().isBegun() && isLeftOut(view, branch);
        }
        return view.forward(branch).isNo()
                || TurningRules.isStatedAway(view, branch, view.plan().forward(branch));
    }

    private static boolean isLeftOut(CoordinatorView view, Branch child) {
        Branch tried = triedAbove(view, child);
        return tried != null && hasAnswered(view, tried) && !isVouchedFor(view, tried, child);
    }

    /** Applies "Who is completed" 1: an operator's word is no answer. */
    private static boolean hasAnswered(CoordinatorView view, Branch tried) {
        return view.forward(tried).last() == OperationStatus.Last.SUCCEEDED;
    }

    /** Applies "Who is completed" 1: returns why a try must not be stated done, or null. */
    static @Nullable String whyNotStatedDone(CoordinatorView view, Branch branch) {
        if (view.forward(branch).last() != OperationStatus.Last.STATED_DONE) {
            return null;
        }
        return view.plan().branches().stream()
                .filter(child -> child.kind() == BranchKind.REGISTERED && branch.equals(triedAbove(view, child)))
                .map(child -> "Who is completed 1: '" + branch.id() + "' is stated done, and '" + child.id()
                        + "' joined below it")
                .findFirst()
                .orElse(null);
    }

    /** The branch above a registered one whose try the coordinator has called, and whose answer it has heard. */
    private static @Nullable Branch triedAbove(CoordinatorView view, Branch child) {
        Branch above = child;
        while (above != null && above.kind() == BranchKind.REGISTERED) {
            above = above.parent() == null ? null : view.plan().branch(above.parent());
        }
        return above;
    }

    /** Rule "Who is completed" 1: by the answer's trailer, or because it has none. */
    private static boolean isVouchedFor(CoordinatorView view, Branch tried, Branch child) {
        Set<String> named = view.log().triedBy(tried.id());
        return named == null || isNamed(named, child.id());
    }

    /** By its path, or by {@code path/*} of a branch above it. */
    private static boolean isNamed(Set<String> names, String id) {
        return names.contains(id)
                || names.stream()
                        .anyMatch(name -> name.endsWith("/*") && id.startsWith(name.substring(0, name.length() - 1)));
    }

    /** Rule "Who is completed" 1. Interactive: the client decides, and nothing else. */
    @Override
    public boolean isAllDone(CoordinatorView view, boolean isCertain) {
        return !view.plan().isBegun()
                && view.plan().branches().stream().allMatch(branch -> isDone(view, branch, isCertain));
    }

    private static boolean isDone(CoordinatorView view, Branch branch, boolean isCertain) {
        if (branch.kind() != BranchKind.REGISTERED) {
            return view.isDone(branch, isCertain);
        }
        Branch tried = triedAbove(view, branch);
        return tried != null && hasAnswered(view, tried) && isVouchedFor(view, tried, branch);
    }

    /** Rule "Who is completed" 2: why a Commit that names these must be refused, or null. */
    static @Nullable String whyNotCommitted(RulePlan plan, Request.Commit commit) {
        for (Branch branch : plan.branches()) {
            String parent = branch.parent();
            boolean isParentNamed = parent == null || isNamed(commit.tried(), parent);
            if (commit.tried().contains(branch.id()) && !isParentNamed) {
                return "Who is completed 2: '" + branch.id() + "' is named, its parent is not";
            }
            if (isParentNamed && !isNamed(commit.tried(), branch.id())) {
                return "Who is completed 2: '" + branch.id() + "' is registered, and nobody said that it was tried";
            }
        }
        return null;
    }

    /** Rule "Who is completed" 2 and 3: whom that Commit completes. */
    static Set<String> completedBy(RulePlan plan, Request.Commit commit) {
        return plan.branches().stream()
                .map(Branch::id)
                .filter(id -> isNamed(commit.tried(), id))
                .collect(Collectors.toSet());
    }
}
