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
 * The order of a plan's branches, by index: who waits for whom, and who is nested under whom.
 *
 * <p>One is made for each transaction, so making it costs little: what only wide plans need (the transitive closure) is
 * computed when it is first asked for; so is what only an undo needs. Immutable and thread-safe; arrays and bit sets
 * that it returns are shared and must not be changed.
 */
public final class PlanGraph {
    private static final int[] NONE = {};
    /** Up to this many branches a look through the list is cheaper than a map. */
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
     * The graph of a checked plan.
     *
     * @throws IllegalArgumentException where {@code after} or a parent names a branch that the plan does not have
     */
    public static PlanGraph of(Plan plan) {
        return of(plan, false);
    }

    /**
     * The graph of branches whose order is known by index, without a circle.
     *
     * @param predecessors for each branch those that it directly waits for
     * @param parents for each branch the one that it is nested under, or -1
     */
    public static PlanGraph of(int[][] predecessors, int[] parents) {
        return new PlanGraph(predecessors, parents);
    }

    /** The graph of a plan that may be wrong: names that no branch has are left out. */
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

    /** The branches that this one directly waits for. */
    public int[] predecessors(int branch) {
        return predecessors[branch];
    }

    /** Tells whether the branch waits for none. */
    public boolean isRoot(int branch) {
        return predecessors[branch].length == 0;
    }

    /** The branches that wait for none, in the plan's order. */
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

    /** The branch that this one is nested under, or -1. */
    public int parent(int branch) {
        return parents[branch];
    }

    /**
     * Returns every branch from which one of these can be reached, over any number of edges. Edges lead from a branch
     * to those that wait for it, and from a parent to its children. These themselves are among them only where one
     * leads to another.
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
     * Returns every branch that can be reached from one of these, over any number of edges of both kinds; see {@link
     * #above}.
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
     * Returns every branch to which a way leads from a root without going through one of these; they themselves may be
     * at its end.
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

    /** Returns, for each branch, those that directly wait for it and those nested directly under it. */
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

    /** Tells whether {@code earlier} must be done before {@code later} may be called. */
    public boolean precedes(int earlier, int later) {
        return ancestors(later).get(earlier);
    }

    /** All branches that must be done before this one may be called. The graph must be free of circles. */
    public BitSet ancestors(int branch) {
        BitSet[] known = ancestors;
        if (known == null) {
            known = closure(predecessors);
            ancestors = known;
        }
        return known[branch];
    }

    /** All branches that may be called only when this one is done. The graph must be free of circles. */
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

    /** Finds a branch by name; the first of that name. */
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
