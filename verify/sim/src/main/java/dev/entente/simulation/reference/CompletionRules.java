package dev.entente.simulation.reference;

import dev.entente.simulation.reference.RulePlan.Branch;
import dev.entente.simulation.reference.RulePlan.Family;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The rules of rules.md, "Who is completed". */
final class CompletionRules {
    private CompletionRules() {}

    /** Returns the branches to complete if the decision is taken now ("Who is completed" 1 to 3). */
    static SettlingList list(CoordinatorView view) {
        RulePlan plan = view.plan();
        Set<String> all = new LinkedHashSet<>(plan.branches().stream()
                .filter(branch -> branch.has(plan.completion()))
                .map(Branch::id)
                .toList());
        if (plan.family() != Family.TCC || !plan.isBegun()) {
            return new SettlingList(plan.completion(), all, all);
        }
        Set<String> must = new HashSet<>(all);
        Set<String> may = new HashSet<>();
        for (Request.Commit commit : lawful(view)) {
            must.retainAll(TccRules.completedBy(plan, commit));
            may.addAll(TccRules.completedBy(plan, commit));
        }
        return new SettlingList(plan.completion(), must, may);
    }

    private static List<Request.Commit> lawful(CoordinatorView view) {
        return view.log().requests().of(Request.Commit.class).stream()
                .filter(commit -> TccRules.whyNotCommitted(view.plan(), commit) == null)
                .toList();
    }

    /** Returns why completion must not be decided, or null ("Who is completed" 1 and 2). */
    static @Nullable String whyNotDecided(CoordinatorView view) {
        if (!view.plan().isBegun() || view.plan().family() != Family.TCC) {
            return view.log().pattern().isAllDone(view, false)
                    ? null
                    : "Who is completed 1: not every branch is done: " + notDone(view);
        }
        if (!lawful(view).isEmpty()) {
            return null;
        }
        return view.log().requests().of(Request.Commit.class).stream()
                .map(commit -> TccRules.whyNotCommitted(view.plan(), commit))
                .findFirst()
                .orElse("Who is completed 2: no client has sent a Commit");
    }

    private static List<String> notDone(CoordinatorView view) {
        return view.plan().branches().stream()
                .filter(branch -> !view.mayBeDone(branch))
                .map(Branch::id)
                .toList();
    }

    /** Applies "Who is completed" 3. */
    static @Nullable String whyNotInOrder(CoordinatorView view, SettlingList list, Branch branch) {
        for (Branch earlier : view.plan().ancestors(branch)) {
            if (list.must().contains(earlier.id()) && !SettlingRules.maySettled(view, earlier, list.operation())) {
                return "Who is completed 3: the earlier branch '" + earlier.id() + "' is not completed";
            }
        }
        return null;
    }
}
