package dev.entente.core.plan;

import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Plan;
import java.util.List;

/** The position of a branch relative to the pivot. In a plan without a pivot, all branches are BEFORE. */
public enum PivotSide {
    BEFORE,
    PIVOT,
    AFTER,
    BESIDE;

    public static PivotSide of(Plan plan, PlanGraph graph, int branch) {
        int pivot = pivot(plan);
        if (pivot < 0) {
            return BEFORE;
        }
        if (pivot == branch) {
            return PIVOT;
        }
        return graph.precedes(pivot, branch) ? AFTER : graph.precedes(branch, pivot) ? BEFORE : BESIDE;
    }

    /** Returns the index of the plan's pivot, or -1. */
    public static int pivot(Plan plan) {
        List<Branch> branches = plan.branches();
        for (int i = 0; i < branches.size(); i++) {
            if (branches.get(i).pivot()) {
                return i;
            }
        }
        return -1;
    }
}
