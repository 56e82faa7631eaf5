package dev.entente.server.decision;

import dev.entente.server.plan.PlanGraph;
import dev.entente.server.transaction.Branch;
import dev.entente.server.transaction.History;
import dev.entente.server.transaction.HistoryEvent;
import dev.entente.server.transaction.HistoryKind;
import dev.entente.server.transaction.Outcome;
import dev.entente.server.transaction.Plan;
import dev.entente.server.transaction.Progress;
import dev.entente.server.transaction.Role;
import java.util.BitSet;

/**
 * Branches that no coordinator can have called, though their outcome is not on record: all their ways from the roots lead through a branch whose
 * latest fact on record is a final no.
 *
 * <p>A participant answers the same call the same, so one that says no now has not said yes to an owner that died. To be out of attempts is
 * no such no: an earlier owner may have had the answer. An act that sets a refused branch going again is durable before anything leaves
 * because of it ({@link Calls#areActsDurable}), so whatever it let leave is not taken for unreached. Nor is a success that leaves out a child a
 * no: an earlier owner may have had one that names it.
 */
final class Unreached {
    private static final int FINAL = HistoryEvent.TRUSTED | HistoryEvent.TURNS | HistoryEvent.STUCK;

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

    /** The newest fact about a branch counts; and nothing that was said before an operator set everything that is stuck going again. */
    private static BitSet refused(History history) {
        BitSet refused = new BitSet();
        BitSet isTold = new BitSet();
        for (History at = history; at != null && at.last() != null; at = at.earlier()) {
            HistoryEvent event = at.last();
            switch (event.kind()) {
                case RETRIED, RESUMED -> {
                    return refused;
                }
                case CALL_FINISHED, RESOLVED -> {
                    if (event.role() == Role.FORWARD && !isTold.get(event.branch())) {
                        isTold.set(event.branch());
                        refused.set(event.branch(), isFinalNo(event));
                    }
                }
                case ACCEPTED,
                        BRANCH_REGISTERED,
                        STARTED,
                        PIVOT_CALLED,
                        DECIDED,
                        PARKED,
                        UNPARKED,
                        ADOPTED,
                        FINISHED,
                        APPROVAL_ASKED,
                        APPROVAL_DECIDED,
                        APPROVAL_EXPIRED,
                        DROPPED -> {}
            }
        }
        return refused;
    }

    private static boolean isFinalNo(HistoryEvent event) {
        boolean isNo = event.outcomeCode() == Outcome.REJECTED || event.outcomeCode() == Outcome.FAILED;
        boolean isTheParticipants = (event.flags() & HistoryEvent.CHILD_LEFT_OUT) == 0;
        return event.kind() == HistoryKind.CALL_FINISHED && isNo && isTheParticipants && (event.flags() & FINAL) != 0;
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
