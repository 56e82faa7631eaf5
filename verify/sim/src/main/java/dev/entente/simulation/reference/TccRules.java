package dev.entente.simulation.reference;

import dev.entente.simulation.reference.RulePlan.Branch;
import dev.entente.simulation.reference.RulePlan.BranchKind;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The rules of docs/patterns/tcc.md. */
final class TccRules implements PatternRules {

    /** Applies "Forward" 2. */
    @Override
    public @Nullable String whyNotYet(CoordinatorView view, Branch branch, String operation) {
        if (branch.kind() == BranchKind.REGISTERED) {
            return "Forward 2: only the client or participant that registered a branch makes its try";
        }
        for (Branch before : view.plan().before(branch)) {
            if (!view.mayBeDone(before)) {
                return "Forward 2: the try of '" + before.id() + "', its parent or predecessor, is not done";
            }
        }
        return null;
    }

    /** Applies "Switch to undo" 1, "Who is completed" 1: a child that its parent's trailer omits causes undo. */
    @Override
    public boolean causesUndo(CoordinatorView view, Branch branch) {
        if (branch.kind() == BranchKind.REGISTERED) {
            return !view.plan().isBegun() && isLeftOut(view, branch);
        }
        return view.forward(branch).isNo()
                || DirectionRules.isStatedAway(view, branch, view.plan().forward(branch));
    }

    private static boolean isLeftOut(CoordinatorView view, Branch child) {
        Branch tried = triedAbove(view, child);
        return tried != null && hasAnswered(view, tried) && !isReportedTried(view, tried, child);
    }

    /** Applies "Who is completed" 1: an operator's statement is no answer. */
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

    /** Returns the nearest branch above a registered branch for which the coordinator itself called the try. */
    private static @Nullable Branch triedAbove(CoordinatorView view, Branch child) {
        Branch above = child;
        while (above != null && above.kind() == BranchKind.REGISTERED) {
            above = above.parent() == null ? null : view.plan().branch(above.parent());
        }
        return above;
    }

    /** Applies "Who is completed" 1: the trailer names the child, or the answer has no trailer. */
    private static boolean isReportedTried(CoordinatorView view, Branch tried, Branch child) {
        Set<String> named = view.log().triedBy(tried.id());
        return named == null || isNamed(named, child.id());
    }

    /** Returns whether the names contain the path, or {@code path/*} of a branch above it. */
    private static boolean isNamed(Set<String> names, String id) {
        return names.contains(id)
                || names.stream()
                        .anyMatch(name -> name.endsWith("/*") && id.startsWith(name.substring(0, name.length() - 1)));
    }

    /** Applies "Who is completed" 1. In an interactive TCC only the client decides. */
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
        return tried != null && hasAnswered(view, tried) && isReportedTried(view, tried, branch);
    }

    /** Returns why a Commit with these names must be refused, or null ("Who is completed" 2). */
    static @Nullable String whyNotCommitted(RulePlan plan, Request.Commit commit) {
        for (Branch branch : plan.branches()) {
            String parent = branch.parent();
            boolean isParentNamed = parent == null || isNamed(commit.tried(), parent);
            if (commit.tried().contains(branch.id()) && !isParentNamed) {
                return "Who is completed 2: '" + branch.id() + "' is named, and its parent is not";
            }
            if (isParentNamed && !isNamed(commit.tried(), branch.id())) {
                return "Who is completed 2: '" + branch.id() + "' is registered, and the Commit does not name it";
            }
        }
        return null;
    }

    /** Returns the branches that this Commit completes ("Who is completed" 2 and 3). */
    static Set<String> completedBy(RulePlan plan, Request.Commit commit) {
        return plan.branches().stream()
                .map(Branch::id)
                .filter(id -> isNamed(commit.tried(), id))
                .collect(Collectors.toSet());
    }
}
