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
 * Branches that no coordinator can have called, although their outcome is not on record. Every path from a root to such
 * a branch leads through a branch with a final rejection as its latest recorded fact.
 *
 * <p>A participant gives equal answers to equal calls: a rejection now excludes a success for a dead owner. Exhausted
 * attempts are no such rejection, because an earlier owner may have had the answer. An operator action that restarts a
 * refused branch is durable before the next calls leave ({@link Calls#areRestartsDurable}). Therefore the branches of
 * these calls do not count as never called. A success that leaves out a child is no rejection: an earlier owner's
 * answer may have named the child.
 */
final class NeverCalled {
    private NeverCalled() {}

    static BitSet of(Progress progress, Plan plan) {
        BitSet refused = refused(progress.history());
        if (plan.checkBack() >= 0) {
            // deliveries leave once the result of the local transaction is known, regardless of earlier answers
            refused.clear(plan.checkBack());
        }
        BitSet neverCalled = new BitSet();
        if (!refused.isEmpty()) {
            PlanGraph graph = PlanGraph.of(plan);
            neverCalled.set(0, graph.size());
            neverCalled.andNot(graph.reachedPast(refused));
            // only a try in progress registers a child
            neverCalled.andNot(graph.above(registered(plan)));
        }
        return neverCalled;
    }

    /**
     * Returns the refused branches. The newest fact about a branch counts. Facts before an operator's restart of all
     * stuck branches do not count.
     */
    private static BitSet refused(History history) {
        BitSet refused = new BitSet();
        BitSet isReported = new BitSet();
        for (History at = history; at != null && at.last() != null; at = at.earlier()) {
            switch (at.last().fact()) {
                case Fact.Retried _, Fact.Resumed _ -> {
                    return refused;
                }
                case Fact.Called call -> report(call, isFinalRejection(call), isReported, refused);
                case Fact.Resolved resolved -> report(resolved, false, isReported, refused);
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

    private static void report(Fact.OfBranch fact, boolean isFinalRejection, BitSet isReported, BitSet refused) {
        if (fact.role() == Role.FORWARD && !isReported.get(fact.branch())) {
            isReported.set(fact.branch());
            refused.set(fact.branch(), isFinalRejection);
        }
    }

    private static boolean isFinalRejection(Fact.Called call) {
        boolean isNo = call.outcome() == Outcome.REJECTED || call.outcome() == Outcome.FAILED;
        boolean isTheCoordinators =
                call.consequence() instanceof Consequence.CausesUndo causesUndo && causesUndo.isChildLeftOut();
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
