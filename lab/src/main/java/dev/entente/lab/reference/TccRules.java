package dev.entente.lab.reference;

import dev.entente.lab.reference.Blueprint.Limb;
import dev.entente.lab.reference.Blueprint.Nature;
import java.util.HashSet;
import java.util.Set;
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
        Limb parent = parent(view, child);
        Set<String> named = parent == null ? null : view.file().triedBy(parent.id());
        return parent != null && named != null && view.isDone(parent) && !named.contains(child.id());
    }

    private static @Nullable Limb parent(CoordinatorView view, Limb child) {
        return child.parent() == null ? null : view.plan().limb(child.parent());
    }

    /** Who is completed 1. Interactive: the client decides, and nothing else. */
    @Override
    public boolean isAllDone(CoordinatorView view, boolean isCertain) {
        return !view.plan().isBegun() && view.plan().limbs().stream().allMatch(limb -> isDone(view, limb, isCertain));
    }

    private static boolean isDone(CoordinatorView view, Limb limb, boolean isCertain) {
        if (limb.nature() != Nature.REGISTERED) {
            return isCertain ? view.isDone(limb) : view.mayBeDone(limb);
        }
        Limb parent = parent(view, limb);
        Set<String> named = parent == null ? null : view.file().triedBy(parent.id());
        return parent != null && isDone(view, parent, isCertain) && (named == null || named.contains(limb.id()));
    }

    /** Who is completed 2: why a Commit that names these must be refused, or null. */
    static @Nullable String whyNotCommitted(Blueprint plan, Deed.Commit commit) {
        for (Limb limb : plan.limbs()) {
            String parent = limb.parent();
            boolean isNamed = commit.tried().contains(limb.id());
            boolean isParentNamed = parent == null || commit.tried().contains(parent);
            if (isNamed && !isParentNamed) {
                return "Who is completed 2: '" + limb.id() + "' is named, its parent is not";
            }
            boolean isVouched = parent != null && commit.vouched().contains(parent);
            if (!isNamed && isParentNamed && !isVouched) {
                return "Who is completed 2: '" + limb.id() + "' is registered, and nobody said that it was tried";
            }
        }
        return null;
    }

    /** Who is completed 2 and 3: whom that Commit completes. */
    static Set<String> completedBy(Blueprint plan, Deed.Commit commit) {
        Set<String> all = new HashSet<>(commit.tried());
        for (Limb limb : plan.limbs()) {
            if (limb.parent() != null && commit.vouched().contains(limb.parent()) && all.contains(limb.parent())) {
                all.add(limb.id());
            }
        }
        all.retainAll(plan.limbs().stream().map(Limb::id).toList());
        return all;
    }
}
