package dev.entente.core.plan;

import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Plan;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The order of a plan's branches, by index: which branches wait for which, and which are nested under which.
 *
 * <p>Each transaction has its own graph, so its creation must be cheap. The transitive closure, which only wide plans
 * need, and the data for an undo are computed at first use. Immutable and thread-safe; returned arrays and bit sets are
 * shared and must not be changed.
 */
public final class PlanGraph {
    private static final int[] NONE = {};
    /** Up to this number of branches, a search of the list is cheaper than a map. */
    private static final int SMALL = 16;

    private final int[][] predecessors;
    private final int[] parents;
    private final boolean hasEdges;
    private volatile int @Nullable [][] followers;
    private volatile BitSet @Nullable [] ancestors;
    private volatile BitSet @Nullable [] descendants;

    private PlanGraph(int[][] predecessors, int[] parents) {
        this.predecessors = predecessors;
        this.parents = parents;
        this.hasEdges = Arrays.stream(parents).anyMatch(parent -> parent >= 0)
                || Arrays.stream(predecessors).anyMatch(before -> before.length > 0);
    }

    /**
     * Returns the graph of a checked plan.
     *
     * @throws IllegalArgumentException if {@code after} or a parent names a branch that the plan does not have
     */
    public static PlanGraph of(Plan plan) {
        return of(plan, false);
    }

    /**
     * Returns the graph of branches with a known order by index, without cycles.
     *
     * @param predecessors for each branch, the branches that it directly waits for
     * @param parents for each branch, the branch directly above, or -1
     */
    public static PlanGraph of(int[][] predecessors, int[] parents) {
        return new PlanGraph(predecessors, parents);
    }

    /** Returns the graph of a plan that may have errors: unknown names are left out. */
    static PlanGraph lenient(Plan plan) {
        return of(plan, true);
    }

    private static PlanGraph of(Plan plan, boolean leavesOutUnknown) {
        Index index = Index.of(plan);
        int size = plan.branches().size();
        int[][] predecessors = new int[size][];
        int[] parents = new int[size];
        for (int i = 0; i < size; i++) {
            Branch branch = plan.branches().get(i);
            predecessors[i] = resolve(index, branch.after(), leavesOutUnknown);
            String parent = branch.parent();
            parents[i] = parent == null ? -1 : known(index.of(parent), parent, leavesOutUnknown);
        }
        return new PlanGraph(predecessors, parents);
    }

    private static int[] resolve(Index index, List<String> after, boolean leavesOutUnknown) {
        if (after.isEmpty()) {
            return NONE;
        }
        int[] found = new int[after.size()];
        int count = 0;
        for (String name : after) {
            int predecessor = known(index.of(name), name, leavesOutUnknown);
            if (predecessor >= 0 && !contains(found, count, predecessor)) {
                found[count++] = predecessor;
            }
        }
        return count == found.length ? found : Arrays.copyOf(found, count);
    }

    private static boolean contains(int[] numbers, int count, int wanted) {
        for (int i = 0; i < count; i++) {
            if (numbers[i] == wanted) {
                return true;
            }
        }
        return false;
    }

    private static int known(int index, String name, boolean leavesOutUnknown) {
        if (index < 0 && !leavesOutUnknown) {
            throw new IllegalArgumentException("the plan has no branch '" + name + "': it was not checked");
        }
        return index;
    }

    public int size() {
        return predecessors.length;
    }

    /** Returns the branches that this branch directly waits for. */
    public int[] predecessors(int branch) {
        return predecessors[branch];
    }

    /** Returns whether the branch waits for no other branch. */
    public boolean isRoot(int branch) {
        return predecessors[branch].length == 0;
    }

    /** Returns the branches that wait for no other branch, in the plan's order. */
    public int[] roots() {
        int[] roots = new int[size()];
        int count = 0;
        for (int i = 0; i < roots.length; i++) {
            if (isRoot(i)) {
                roots[count++] = i;
            }
        }
        return Arrays.copyOf(roots, count);
    }

    /** Returns the parent of this nested branch, or -1. */
    public int parent(int branch) {
        return parents[branch];
    }

    /**
     * Returns every branch from which any given branch can be reached, over any number of edges. Edges lead from a
     * branch to the branches that wait for it, and from a parent to its children. The result contains a given branch
     * only if it leads to another given branch.
     */
    public BitSet above(BitSet branches) {
        BitSet above = new BitSet(size());
        for (int i = branches.nextSetBit(0); i >= 0; i = branches.nextSetBit(i + 1)) {
            climb(i, above);
        }
        return above;
    }

    private void climb(int branch, BitSet seen) {
        for (int before : predecessors[branch]) {
            if (!seen.get(before)) {
                seen.set(before);
                climb(before, seen);
            }
        }
        int parent = parents[branch];
        if (parent >= 0 && !seen.get(parent)) {
            seen.set(parent);
            climb(parent, seen);
        }
    }

    /**
     * Returns every branch that can be reached from any given branch, over any number of edges of both kinds; see
     * {@link #above}.
     */
    public BitSet below(BitSet branches) {
        BitSet below = new BitSet(size());
        if (hasEdges) {
            int[][] edges = followers();
            for (int i = branches.nextSetBit(0); i >= 0; i = branches.nextSetBit(i + 1)) {
                descend(i, edges, below);
            }
        }
        return below;
    }

    /**
     * Returns every branch with a path from a root that passes through no barrier. A barrier itself may be the end of a
     * path.
     */
    public BitSet reachedPast(BitSet barriers) {
        BitSet reached = new BitSet(size());
        for (int root = 0; root < size(); root++) {
            if (isRoot(root) && parents[root] < 0) {
                reached.set(root);
                goOnFrom(root, barriers, reached);
            }
        }
        return reached;
    }

    private void goOnFrom(int branch, BitSet barriers, BitSet reached) {
        if (barriers.get(branch)) {
            return;
        }
        for (int follower : followers()[branch]) {
            if (!reached.get(follower)) {
                reached.set(follower);
                goOnFrom(follower, barriers, reached);
            }
        }
    }

    private static void descend(int branch, int[][] edges, BitSet seen) {
        for (int follower : edges[branch]) {
            if (!seen.get(follower)) {
                seen.set(follower);
                descend(follower, edges, seen);
            }
        }
    }

    /** Returns, for each branch, the branches that directly wait for it and its direct children. */
    private int[][] followers() {
        int[][] known = followers;
        if (known == null) {
            known = new int[size()][];
            Arrays.fill(known, NONE);
            for (int i = 0; i < size(); i++) {
                for (int before : predecessors[i]) {
                    known[before] = appended(known[before], i);
                }
                if (parents[i] >= 0) {
                    known[parents[i]] = appended(known[parents[i]], i);
                }
            }
            followers = known;
        }
        return known;
    }

    /** Returns whether {@code earlier} must be done before {@code later} may be called. */
    public boolean precedes(int earlier, int later) {
        return ancestors(later).get(earlier);
    }

    /** Returns all branches that must be done before this branch may be called. The graph must be acyclic. */
    public BitSet ancestors(int branch) {
        BitSet[] known = ancestors;
        if (known == null) {
            known = closure(predecessors);
            ancestors = known;
        }
        return known[branch];
    }

    /** Returns all branches that may be called only after this branch is done. The graph must be acyclic. */
    public BitSet descendants(int branch) {
        BitSet[] known = descendants;
        if (known == null) {
            known = closure(reversed(predecessors));
            descendants = known;
        }
        return known[branch];
    }

    private static BitSet[] closure(int[][] edges) {
        @Nullable BitSet[] reached = new @Nullable BitSet[edges.length];
        BitSet[] closed = new BitSet[edges.length];
        for (int i = 0; i < edges.length; i++) {
            closed[i] = reach(i, edges, reached);
        }
        return closed;
    }

    private static BitSet reach(int from, int[][] edges, @Nullable BitSet[] reached) {
        BitSet known = reached[from];
        if (known != null) {
            return known;
        }
        BitSet all = new BitSet(edges.length);
        for (int next : edges[from]) {
            all.set(next);
            all.or(reach(next, edges, reached));
        }
        reached[from] = all;
        return all;
    }

    private static int[][] reversed(int[][] edges) {
        int[][] reversed = new int[edges.length][];
        Arrays.fill(reversed, NONE);
        for (int i = 0; i < edges.length; i++) {
            for (int target : edges[i]) {
                reversed[target] = appended(reversed[target], i);
            }
        }
        return reversed;
    }

    private static int[] appended(int[] numbers, int one) {
        int[] more = Arrays.copyOf(numbers, numbers.length + 1);
        more[numbers.length] = one;
        return more;
    }

    /** Finds a branch by name; returns the first branch with that name. */
    private record Index(Plan plan, @Nullable Map<String, Integer> byName) {
        static Index of(Plan plan) {
            if (plan.branches().size() <= SMALL) {
                return new Index(plan, null);
            }
            Map<String, Integer> byName = HashMap.newHashMap(plan.branches().size());
            for (int i = 0; i < plan.branches().size(); i++) {
                byName.putIfAbsent(plan.branches().get(i).id(), i);
            }
            return new Index(plan, byName);
        }

        int of(String name) {
            if (byName != null) {
                return byName.getOrDefault(name, -1);
            }
            return plan.indexOf(name);
        }
    }
}
