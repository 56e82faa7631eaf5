package dev.entente.simulation.reference;

import dev.entente.simulation.reference.Blueprint.Family;
import dev.entente.simulation.reference.Blueprint.Limb;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Rules.md, "Who is completed". */
final class CompletionRules {
    private CompletionRules() {}

    /** Rule "Who is completed" 1 to 3: by a decision that is taken now. */
    static SettlingList list(CoordinatorView view) {
        Blueprint plan = view.plan();
        Set<String> all = new LinkedHashSet<>(plan.limbs().stream()
                .filter(limb -> limb.has(plan.completion()))
                .map(Limb::id)
                .toList());
        if (plan.family() != Family.TCC || !plan.isBegun()) {
            return new SettlingList(plan.completion(), all, all);
        }
        Set<String> must = new HashSet<>(all);
        Set<String> may = new HashSet<>();
        for (Deed.Commit commit : lawful(view)) {
            must.retainAll(TccRules.completedBy(plan, commit));
            may.addAll(TccRules.completedBy(plan, commit));
        }
        return new SettlingList(plan.completion(), must, may);
    }

    private static List<Deed.Commit> lawful(CoordinatorView view) {
        return view.file().deeds().of(Deed.Commit.class).stream()
                .filter(commit -> TccRules.whyNotCommitted(view.plan(), commit) == null)
                .toList();
    }

    /** Rule "Who is completed" 1 and 2: why completion must not be decided, or null. */
    static @Nullable String whyNotDecided(CoordinatorView view) {
        if (!view.plan().isBegun() || view.plan().family() != Family.TCC) {
            return view.file().pattern().isAllDone(view, false)
                    ? null
                    : "Who is completed 1: not every branch is done: " + undone(view);
        }
        if (!lawful(view).isEmpty()) {
            return null;
        }
        return view.file().deeds().of(Deed.Commit.class).stream()
                .map(commit -> TccRules.whyNotCommitted(view.plan(), commit))
                .findFirst()
                .orElse("Who is completed 2: no client has asked for it");
    }

    private static List<String> undone(CoordinatorView view) {
        return view.plan().limbs().stream()
                .filter(limb -> !view.mayBeDone(limb))
                .map(Limb::id)
                .toList();
    }

    /** Rule "Who is completed" 3. */
    static @Nullable String whyNotInOrder(CoordinatorView view, SettlingList list, Limb limb) {
        for (Limb earlier : view.plan().ancestors(limb)) {
            if (list.must().contains(earlier.id()) && !SettlingRules.maySettled(view, earlier, list.operation())) {
                return "Who is completed 3: '" + earlier.id() + "', which comes before it, is not completed";
            }
        }
        return null;
    }
}
