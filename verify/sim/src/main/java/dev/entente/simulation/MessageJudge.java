package dev.entente.simulation;

import dev.entente.core.codec.ProgressCodec;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.Predecessor;
import dev.entente.simulation.store.Tables;
import java.util.ArrayList;
import java.util.List;

/** Checks messages: when they leave, in which order, and that they leave with their local transaction or not at all. */
final class MessageJudge {
    private final Tables tables;
    private final Service service;

    MessageJudge(Tables tables, Service service) {
        this.tables = tables;
        this.service = service;
    }

    /** Returns the violations of a forward call that leaves now. */
    List<String> checkCall(BranchCall call, OpenRow row, Plan plan) {
        List<String> wrong = new ArrayList<>();
        boolean isQuestion = call.op().equals(Pattern.CHECK);
        TransactionState wanted = isQuestion ? TransactionState.BEGUN : TransactionState.RUNNING;
        if (plan.checkBack() >= 0 && row.state() != wanted) {
            wrong.add("L2 " + call.gid() + ": " + call.branch() + " left while the row was " + row.state());
        }
        Predecessor ahead =
                plan.terms().isOrdered() && !isQuestion ? tables.trueAhead(call.gid(), call.branch()) : null;
        BranchState before = ahead == null ? BranchState.DONE : state(ahead);
        if (ahead != null && !hasEnded(before)) {
            wrong.add("order " + call.gid() + ": " + call.branch() + " left while " + ahead.gid() + " before it was "
                    + before);
        }
        return wrong;
    }

    /**
     * Tells whether a delivery of it waits behind one of another message that has not ended. The first of those must be
     * parked.
     */
    boolean waits(OpenRow row) {
        Plan plan = PlanCodec.standard().decodeStored(row.format(), row.plan());
        return plan.terms().isOrdered()
                && plan.branches().stream()
                        .map(branch -> tables.trueAhead(row.gid(), branch.id()))
                        .anyMatch(ahead -> ahead != null && !hasEnded(state(ahead)));
    }

    private static boolean hasEnded(BranchState state) {
        return state == BranchState.DONE || state == BranchState.SKIPPED;
    }

    /** Returns the durable state of the delivery before. The next one leaves only when that has ended. */
    private static BranchState state(Predecessor ahead) {
        if (!(ahead.row() instanceof OpenRow row)) {
            return BranchState.DONE;
        }
        Plan plan = PlanCodec.standard().decodeStored(row.format(), row.plan());
        return row.progress() == null
                ? BranchState.PENDING
                : ProgressCodec.decode(row.progress(), plan)
                        .branch(plan.indexOf(ahead.delivery()))
                        .state();
    }

    /** Both or neither; and what was aborted was not delivered. */
    List<String> checkEnd(FinishedRow row, Plan plan) {
        List<String> wrong = new ArrayList<>();
        if (row.state() == TransactionState.ABORTED) {
            service.branches(row.gid()).forEach((name, branch) -> {
                int index = plan.indexOf(name);
                if (index >= 0 && index != plan.checkBack() && branch.stands()) {
                    wrong.add("both or neither " + row.gid() + ": " + name + " was delivered, and it ended ABORTED");
                }
            });
        }
        if (plan.checkBack() >= 0) {
            wrong.addAll(checkLocal(row));
        }
        return wrong;
    }

    private List<String> checkLocal(FinishedRow row) {
        boolean isCommitted = service.locals().isCommitted(row.gid());
        if (isCommitted == (row.state() == TransactionState.SUCCEEDED)) {
            return List.of();
        }
        String local = isCommitted ? "committed" : "not committed";
        return List.of("both or neither " + row.gid() + ": its local transaction was " + local + ", and it ended "
                + row.state());
    }
}
