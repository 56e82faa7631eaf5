package dev.entente.core.decision;

import dev.entente.core.plan.PlanGraph;
import dev.entente.core.plan.RequiredResponses;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.TransactionState;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Marks the branches without a recorded outcome that a dead owner may have called. Two kinds of branches are excluded:
 * branches that require a durable record which is missing, and branches that no coordinator can have called ({@link
 * NeverCalled}).
 */
final class Suspicion {
    private Suspicion() {}

    /** Returns the branches for a new owner. */
    static List<BranchProgress> of(Progress before, Plan plan) {
        if (!mayHaveRun(before.state())) {
            return before.branches();
        }
        BitSet uncalled = certainlyUncalled(before, plan);
        List<BranchProgress> branches = new ArrayList<>(before.branches());
        for (int i = 0; i < branches.size(); i++) {
            BranchState state = branches.get(i).state();
            boolean isOpen = state == BranchState.PENDING || state == BranchState.CALLED;
            // a participant, never a coordinator, calls branches that joined at run time
            if (isOpen && !plan.branches().get(i).isRegistered() && !uncalled.get(i)) {
                branches.set(i, branches.get(i).suspected());
            }
        }
        return branches;
    }

    /**
     * Returns whether the owner may have made calls. The start is not written ahead: a row may show SCHEDULED although
     * its owner has started the transaction.
     */
    private static boolean mayHaveRun(TransactionState state) {
        return switch (state) {
            case RUNNING, SCHEDULED -> true;
            case BEGUN, COMPLETING, UNDOING, SUCCEEDED, ABORTED, GIVEN_UP -> false;
        };
    }

    private static BitSet certainlyUncalled(Progress before, Plan plan) {
        PlanGraph graph = PlanGraph.of(plan);
        BitSet uncalled = NeverCalled.of(before, plan);
        // in a replay the plan may have branches that joined after the adoption
        for (int i = 0; i < before.branches().size(); i++) {
            if (isOpenApproval(before.branch(i), plan.branches().get(i))
                    || (before.branch(i).state() == BranchState.PENDING
                            && wasBehindAnUnrecordedResponse(
                                    before, plan, plan.branches().get(i)))) {
                uncalled.set(i);
                uncalled.or(graph.descendants(i));
            }
        }
        return uncalled;
    }

    /**
     * Returns whether the branch is an approval without an answer. Later calls leave only after the durable answer, and
     * the approval itself is no call.
     */
    private static boolean isOpenApproval(BranchProgress progress, Branch branch) {
        return branch.approval() != null && progress.state() != BranchState.DONE;
    }

    private static boolean wasBehindAnUnrecordedResponse(Progress before, Plan plan, Branch branch) {
        boolean isUncalledPivot = branch.pivot() && before.pivotRevision() == 0;
        return isUncalledPivot || awaitsWhatIsNotOnRecord(before, plan, branch);
    }

    private static boolean awaitsWhatIsNotOnRecord(Progress before, Plan plan, Branch branch) {
        return !RequiredResponses.isOpen(branch, id -> {
            int from = plan.indexOf(id);
            return from < 0 || before.branch(from).state() == BranchState.DONE;
        });
    }
}
