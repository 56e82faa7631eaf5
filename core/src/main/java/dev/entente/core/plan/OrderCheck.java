package dev.entente.core.plan;

import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Checks the relations between the branches of a plan: names, cycles, the pivot, and the sources of bindings. Used
 * once.
 */
final class OrderCheck {
    private final Plan plan;
    private final List<Branch> branches;
    private final Findings findings;

    OrderCheck(Plan plan, Findings findings) {
        this.plan = plan;
        this.branches = plan.branches();
        this.findings = findings;
    }

    /** Checks the order. In a cycle all branches precede each other, so order checks need an acyclic plan. */
    void check(boolean strict) {
        Set<String> ids = ids();
        known(ids);
        parentsFirst(ids);
        PlanGraph graph = PlanGraph.lenient(plan);
        if (circles(graph)) {
            new BindingCheck(plan, findings).checkNames();
            return;
        }
        new BindingCheck(plan, findings).check(graph);
        pivot(graph, strict);
    }

    private Set<String> ids() {
        Set<String> ids = HashSet.newHashSet(branches.size());
        for (int i = 0; i < branches.size(); i++) {
            String id = branches.get(i).id();
            if (!ids.add(id) && branches.get(i).continues() == null) {
                error(
                        ErrorCode.DUPLICATE_BRANCH,
                        place(i).field(".id"),
                        "'%s' is the id of an earlier branch; give each branch its own id"
                                .formatted(Names.shortened(id)));
            }
        }
        return ids;
    }

    private void known(Set<String> ids) {
        for (int i = 0; i < branches.size(); i++) {
            Branch branch = branches.get(i);
            String parent = branch.parent();
            for (String before : branch.after()) {
                if (!before.equals(parent)) {
                    known(ids, before, place(i).field(".after"));
                }
            }
            if (parent != null) {
                known(ids, parent, place(i).field(".parent"));
            }
        }
        String result = plan.resultBranch();
        if (result != null) {
            known(ids, result, "plan.result_branch");
            int at = plan.indexOf(result);
            if (at >= 0 && branches.get(at).approval() != null) {
                error(
                        ErrorCode.BINDING_SOURCE,
                        "plan.result_branch",
                        "'%s' is an approval: it has no response".formatted(result));
            }
            if (at >= 0 && branches.get(at).forward().child() != null) {
                error(
                        ErrorCode.BINDING_SOURCE,
                        "plan.result_branch",
                        "'%s' is a separate transaction: it has no response".formatted(result));
            }
        }
    }

    private void known(Set<String> ids, String id, String field) {
        if (!ids.contains(id)) {
            error(ErrorCode.UNKNOWN_AFTER, field, "no branch has the id '%s'".formatted(Names.shortened(id)));
        }
    }

    /** Requires parents before children: in a sequential plan a child with a later parent would wait for itself. */
    private void parentsFirst(Set<String> ids) {
        for (int i = 0; i < branches.size(); i++) {
            String parent = branches.get(i).parent();
            if (parent != null && ids.contains(parent) && plan.indexOf(parent) > i) {
                error(
                        ErrorCode.UNKNOWN_AFTER,
                        place(i).field(".parent"),
                        "'%s' is listed before its parent '%s'; list a parent before its children"
                                .formatted(Names.shortened(branches.get(i).id()), Names.shortened(parent)));
            }
        }
    }

    /** Removes branches that wait for nothing, repeatedly (Kahn, 1962). The rest are in cycles or behind cycles. */
    private boolean circles(PlanGraph graph) {
        BitSet left = new BitSet(graph.size());
        left.set(0, graph.size());
        takeAway(graph, left);
        boolean hasCircle = !left.isEmpty();
        while (!left.isEmpty()) {
            List<Integer> circle = circle(graph, left);
            report(circle);
            circle.forEach(left::clear);
            takeAway(graph, left);
        }
        return hasCircle;
    }

    private static void takeAway(PlanGraph graph, BitSet left) {
        boolean goesOn = true;
        while (goesOn) {
            goesOn = false;
            for (int i = left.nextSetBit(0); i >= 0; i = left.nextSetBit(i + 1)) {
                if (predecessor(graph, left, i) < 0) {
                    left.clear(i);
                    goesOn = true;
                }
            }
        }
    }

    private static int predecessor(PlanGraph graph, BitSet left, int branch) {
        for (int before : graph.predecessors(branch)) {
            if (left.get(before)) {
                return before;
            }
        }
        return -1;
    }

    /** Walks backwards. Each remaining branch waits for a remaining branch, so the walk must reach a branch again. */
    private static List<Integer> circle(PlanGraph graph, BitSet left) {
        List<Integer> walked = new ArrayList<>();
        int at = left.nextSetBit(0);
        while (!walked.contains(at)) {
            walked.add(at);
            at = predecessor(graph, left, at);
        }
        List<Integer> circle = new ArrayList<>(walked.subList(walked.indexOf(at), walked.size()));
        Collections.reverse(circle);
        return circle;
    }

    private void report(List<Integer> circle) {
        int first = Collections.min(circle);
        Collections.rotate(circle, -circle.indexOf(first));
        StringBuilder walk = new StringBuilder();
        circle.forEach(branch -> walk.append(branches.get(branch).id()).append(" → "));
        walk.append(branches.get(first).id());
        error(
                ErrorCode.CYCLE,
                place(first).field(".after"),
                "these branches wait for each other: " + walk + "; remove one `after`");
    }

    private void pivot(PlanGraph graph, boolean strict) {
        int pivot = -1;
        for (int i = 0; i < branches.size(); i++) {
            if (branches.get(i).pivot() && pivot >= 0) {
                error(
                        ErrorCode.BESIDE_PIVOT,
                        place(i).field(".pivot"),
                        "'%s' and '%s' are both pivots; a transaction has at most one pivot"
                                .formatted(
                                        branches.get(pivot).id(),
                                        branches.get(i).id()));
                return;
            }
            pivot = branches.get(i).pivot() ? i : pivot;
        }
        for (int i = 0; i < branches.size(); i++) {
            besidePivot(graph, pivot, i);
            behindPivot(graph, pivot, i);
            irreversible(graph, pivot, i, strict);
        }
    }

    /**
     * Checks that a branch that runs beside the pivot is retriable and has an undo. After the pivot's call the branch
     * must not switch the transaction to undo. If the pivot does so, it must be possible to undo the branch.
     */
    private void besidePivot(PlanGraph graph, int pivot, int at) {
        if (pivot < 0 || at == pivot || graph.precedes(at, pivot) || graph.precedes(pivot, at)) {
            return;
        }
        Branch branch = branches.get(at);
        if (!branch.retriable() || branch.undo() == null) {
            error(
                    ErrorCode.BESIDE_PIVOT,
                    place(at).field(""),
                    ("'%s' neither precedes nor follows the pivot '%s', so it must be retriable and have a compensate;"
                                    + " or move it after the pivot")
                            .formatted(branch.id(), branches.get(pivot).id()));
        }
    }

    /** Refuses an approval after the point of no return: a rejection could not switch the transaction to undo. */
    private void behindPivot(PlanGraph graph, int pivot, int at) {
        if (pivot >= 0 && branches.get(at).approval() != null && graph.precedes(pivot, at)) {
            error(
                    ErrorCode.BESIDE_PIVOT,
                    place(at).field(""),
                    ("the approval '%s' comes after the pivot '%s', where a rejection can no longer undo the"
                                    + " transaction; move the approval before the pivot")
                            .formatted(
                                    branches.get(at).id(), branches.get(pivot).id()));
        }
    }

    private void irreversible(PlanGraph graph, int pivot, int at, boolean strict) {
        if (plan.pattern() != Pattern.SAGA || branches.get(at).undo() != null || at == pivot) {
            return;
        }
        if (branches.get(at).approval() != null) {
            return;
        }
        if (pivot >= 0 && graph.precedes(pivot, at)) {
            return;
        }
        int compensable = firstCompensable(graph.descendants(at));
        if (compensable >= 0) {
            String id = branches.get(at).id();
            String text =
                    ("'%s' cannot be undone, but '%s' comes after it and may still cause compensation; make '%s' the"
                                    + " pivot, or move it to a later place")
                            .formatted(id, branches.get(compensable).id(), id);
            findings.add(new Finding(ErrorCode.IRREVERSIBLE_FIRST, place(at).field(""), text, !strict));
        }
    }

    private int firstCompensable(BitSet among) {
        for (int i = among.nextSetBit(0); i >= 0; i = among.nextSetBit(i + 1)) {
            if (branches.get(i).undo() != null) {
                return i;
            }
        }
        return -1;
    }

    private PlanPath place(int branch) {
        return PlanPath.of(plan, branch, null);
    }

    private void error(ErrorCode code, String field, String message) {
        findings.add(Finding.error(code, field, message));
    }
}
