package dev.entente.simulation.reference;

import dev.entente.simulation.reference.Blueprint.Limb;
import dev.entente.simulation.reference.Blueprint.Nature;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Docs/patterns/tcc.md. */
final class TccRules implements PatternRules {

    /** "not found: as failed"; the rest of the table is rules.md's own words. */
    @Override
    public AnswerKind means(CaseFile file, Limb limb, String operation, AnswerKind heard) {
        return heard;
    }

    /** Forward 2. */
    @Override
    public @Nullable String whyNotYet(CoordinatorView view, Limb limb, String operation) {
        if (limb.nature() == Nature.REGISTERED) {
            return "Forward 2: the tries of registered branches are made by whoever registered them";
        }
        for (Limb before : view.plan().before(limb)) {
            if (!view.mayBeDone(before)) {
                return "Forward 2: the try of '" + before.id() + "', its parent or the one before it, is not done";
            }
        }
        return null;
    }

    /** Turning 2: until its completion is decided. */
    @Override
    public boolean canTurn(CoordinatorView view) {
        return true;
    }

    /** Turning 1; Who is completed 1: a registered child that its parent's trailer does not name turns it, too. */
    @Override
    public boolean turnsBy(CoordinatorView view, Limb limb) {
        if (limb.nature() == Nature.REGISTERED) {
            return !view.plan().isBegun() && isLeftOut(view, limb);
        }
        return view.forward(limb).isNo()
                || TurningRules.isStatedAway(view, limb, view.plan().forward(limb));
    }

    private static boolean isLeftOut(CoordinatorView view, Limb child) {
        Limb tried = triedAbove(view, child);
        return tried != null && hasAnswered(view, tried) && !isVouchedFor(view, tried, child);
    }

    /** Applies "Who is completed" 1: an operator's word is no answer. */
    private static boolean hasAnswered(CoordinatorView view, Limb tried) {
        return view.forward(tried).last() == OperationStatus.Last.SUCCEEDED;
    }

    /** Applies "Who is completed" 1: returns why a try must not be stated done, or null. */
    static @Nullable String whyNotStatedDone(CoordinatorView view, Limb limb) {
        if (view.forward(limb).last() != OperationStatus.Last.STATED_DONE) {
            return null;
        }
        return view.plan().limbs().stream()
                .filter(child -> child.nature() == Nature.REGISTERED && limb.equals(triedAbove(view, child)))
                .map(child -> "Who is completed 1: '" + limb.id() + "' is stated done, and '" + child.id()
                        + "' joined below it")
                .findFirst()
                .orElse(null);
    }

    /** The branch above a registered one whose try the coordinator has called, and whose answer it has heard. */
    private static @Nullable Limb triedAbove(CoordinatorView view, Limb child) {
        Limb above = child;
        while (above != null && above.nature() == Nature.REGISTERED) {
            above = above.parent() == null ? null : view.plan().limb(above.parent());
        }
        return above;
    }

    /** Rule "Who is completed" 1: by the answer's trailer, or because it has none. */
    private static boolean isVouchedFor(CoordinatorView view, Limb tried, Limb child) {
        Set<String> named = view.file().triedBy(tried.id());
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
        return !view.plan().isBegun() && view.plan().limbs().stream().allMatch(limb -> isDone(view, limb, isCertain));
    }

    private static boolean isDone(CoordinatorView view, Limb limb, boolean isCertain) {
        if (limb.nature() != Nature.REGISTERED) {
            return isCertain ? view.isDone(limb) : view.mayBeDone(limb);
        }
        Limb tried = triedAbove(view, limb);
        return tried != null && hasAnswered(view, tried) && isVouchedFor(view, tried, limb);
    }

    /** Rule "Who is completed" 2: why a Commit that names these must be refused, or null. */
    static @Nullable String whyNotCommitted(Blueprint plan, Deed.Commit commit) {
        for (Limb limb : plan.limbs()) {
            String parent = limb.parent();
            boolean isParentNamed = parent == null || isNamed(commit.tried(), parent);
            if (commit.tried().contains(limb.id()) && !isParentNamed) {
                return "Who is completed 2: '" + limb.id() + "' is named, its parent is not";
            }
            if (isParentNamed && !isNamed(commit.tried(), limb.id())) {
                return "Who is completed 2: '" + limb.id() + "' is registered, and nobody said that it was tried";
            }
        }
        return null;
    }

    /** Rule "Who is completed" 2 and 3: whom that Commit completes. */
    static Set<String> completedBy(Blueprint plan, Deed.Commit commit) {
        return plan.limbs().stream()
                .map(Limb::id)
                .filter(id -> isNamed(commit.tried(), id))
                .collect(Collectors.toSet());
    }
}
