package dev.entente.core.decision;

import dev.entente.core.plan.PlanGraph;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Consequence;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.History;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Role;
import java.util.BitSet;

/**
 * Branches that no coordinator can have called, though their outcome is not on record. All their ways from the roots
 * lead through a branch whose latest fact on record is a final no.
 *
 * <p>A participant answers the same call the same, so one that says no now has not said yes to an owner that died. To
 * be out of attempts is no such no: an earlier owner may have had the answer. An act that sets a refused branch going
 * again is durable before anything leaves because of it ({@link Calls#areActsDurable}), so whatever it let leave is not
 * taken for unreached. Nor is a success that leaves out a child a no: an earlier owner may have had one that names it.
 */
final class Unreached {
    private Unreached() {}

    static BitSet of(Progress progress, Plan plan) {
        BitSet refused = refused(progress.history());
        if (plan.checkBack() >= 0) {
            // deliveries leave once the local transaction is known, whatever its service had answered before
            refused.clear(plan.checkBack());
        }
        BitSet unreached = new BitSet();
        if (!refused.isEmpty()) {
            PlanGraph graph = PlanGraph.of(plan);
            unreached.set(0, graph.size());
            unreached.andNot(graph.reachedPast(refused));
            // only a try that is under way registers a child
            unreached.andNot(graph.above(registered(plan)));
        }
        return unreached;
    }

    /**
     * The newest fact about a branch counts; and nothing that was said before an operator set everything that is stuck
     * going again.
     */
    private static BitSet refused(History history) {
        BitSet refused = new BitSet();
        BitSet isTold = new BitSet();
        for (History at = history; at != null && at.last() != null; at = at.earlier()) {
            switch (at.last().fact()) {
                case Fact.Retried _, Fact.Resumed _ -> {
                    return refused;
                }
                case Fact.Called call -> tell(call, isFinalNo(call), isTold, refused);
                case Fact.Resolved resolved -> tell(resolved, false, isTold, refused);
                case Fact.Accepted _,
                        Fact.Registered _,
                        Fact.Started _,
                        Fact.PivotCalled _,
                        Fact.Decided _,
                        Fact.Parked _,
                        Fact.Unparked _,
                        Fact.Adopted _,
                        Fact.Finished _,
                        Fact.ApprovalAsked _,
                        Fact.ApprovalDecided _,
                        Fact.ApprovalExpired _,
                        Fact.Dropped _ -> {}
            }
        }
        return refused;
    }

    private static void tell(Fact.OfBranch fact, boolean isFinalNo, BitSet isTold, BitSet refused) {
        if (fact.role() == Role.FORWARD && !isTold.get(fact.branch())) {
            isTold.set(fact.branch());
            refused.set(fact.branch(), isFinalNo);
        }
    }

    private static boolean isFinalNo(Fact.Called call) {
        boolean isNo = call.outcome() == Outcome.REJECTED || call.outcome() == Outcome.FAILED;
        boolean isTheCoordinators = call.consequence() instanceof Consequence.Turns turns && turns.isChildLeftOut();
        return isNo && call.consequence().isFinal() && !isTheCoordinators;
    }

    private static BitSet registered(Plan plan) {
        BitSet registered = new BitSet();
        for (int i = 0; i < plan.branches().size(); i++) {
            Branch branch = plan.branches().get(i);
            registered.set(i, branch.isRegistered());
        }
        return registered;
    }
}
