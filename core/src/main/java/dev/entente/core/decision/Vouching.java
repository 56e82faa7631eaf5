package dev.entente.core.decision;

import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Plan;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells which branches that joined at run time somebody says were tried with success. A name that ends in {@code /*}
 * stands for all that is registered below that branch, whose participant names no children.
 */
final class Vouching {
    private static final String ALL_BELOW = "/*";

    private Vouching() {}

    /** The first registered branch of the plan that these names leave out, or null. */
    static @Nullable String leftOut(Plan plan, Set<String> names) {
        for (Branch branch : plan.branches()) {
            if (!isNamed(branch.id(), names)) {
                return branch.id();
            }
        }
        return null;
    }

    /**
     * The first branch that joined below that one and that its answer leaves out, or null.
     *
     * @param tried what the answer names; null if it names none, and so vouches for all
     */
    static @Nullable String leftOutBelow(Draft draft, int parent, @Nullable Set<String> tried) {
        if (tried == null) {
            return null;
        }
        String path = draft.plan().branches().get(parent).id();
        Set<String> names = new LinkedHashSet<>();
        tried.forEach(name -> names.add(path + "/" + name));
        for (int i = draft.plan().declared(); i < draft.plan().branches().size(); i++) {
            String id = draft.plan().branches().get(i).id();
            if (joinedBelow(draft, i) == parent && !isNamed(id, names)) {
                return id;
            }
        }
        return null;
    }

    /** The branches that joined below that one, at any depth, whose try its own call made. */
    static List<String> below(Draft draft, int parent) {
        List<String> joined = new ArrayList<>();
        for (int i = draft.plan().declared(); i < draft.plan().branches().size(); i++) {
            if (joinedBelow(draft, i) == parent) {
                joined.add(draft.plan().branches().get(i).id());
            }
        }
        return joined;
    }

    /** The branch whose try the registration came from: the nearest above it that the coordinator tries. */
    private static int joinedBelow(Draft draft, int index) {
        int above = index;
        while (draft.plan().branches().get(above).isRegistered()) {
            above = draft.graph().parent(above);
        }
        return above;
    }

    /** Tells whether a name is one of a registered branch, or of all below one. */
    static boolean isKnown(Plan plan, String name) {
        String path = name.endsWith(ALL_BELOW) ? name.substring(0, name.length() - ALL_BELOW.length()) : name;
        return plan.indexOf(path) >= 0;
    }

    private static boolean isNamed(String id, Set<String> names) {
        if (names.contains(id)) {
            return true;
        }
        for (int slash = id.lastIndexOf('/'); slash > 0; slash = id.lastIndexOf('/', slash - 1)) {
            if (names.contains(id.substring(0, slash) + ALL_BELOW)) {
                return true;
            }
        }
        return false;
    }
}
