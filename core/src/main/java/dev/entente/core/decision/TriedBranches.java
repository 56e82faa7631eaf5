package dev.entente.core.decision;

import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Plan;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The branches that joined at run time and are reported as tried successfully. A name with the suffix {@code /*} means
 * all branches registered below that branch, if its participant names no children.
 */
final class TriedBranches {
    private static final String ALL_BELOW = "/*";

    private TriedBranches() {}

    /** Returns the first registered branch of the plan that is missing in these names, or null. */
    static @Nullable String leftOut(Plan plan, Set<String> names) {
        for (Branch branch : plan.branches()) {
            if (!isNamed(branch.id(), names)) {
                return branch.id();
            }
        }
        return null;
    }

    /**
     * Returns the first branch that joined below the parent and is missing in the parent's answer, or null.
     *
     * @param tried the names in the answer; null if the answer names none, which means all branches
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

    /** Returns the branches that joined below the parent, at any depth, and were tried by the parent's own call. */
    static List<String> below(Draft draft, int parent) {
        List<String> joined = new ArrayList<>();
        for (int i = draft.plan().declared(); i < draft.plan().branches().size(); i++) {
            if (joinedBelow(draft, i) == parent) {
                joined.add(draft.plan().branches().get(i).id());
            }
        }
        return joined;
    }

    /** Returns the nearest ancestor that the coordinator tries: the branch joined during the try of this ancestor. */
    private static int joinedBelow(Draft draft, int index) {
        int above = index;
        while (draft.plan().branches().get(above).isRegistered()) {
            above = draft.graph().parent(above);
        }
        return above;
    }

    /** Returns whether a name is a registered branch, or all branches below one. */
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
