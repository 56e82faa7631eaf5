package dev.entente.simulation;

import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.FinishedRow;
import dev.entente.simulation.store.Tables;
import java.util.ArrayList;
import java.util.List;

/** Compares the end of a transaction with the work of its participants and with its client's local transaction. */
final class ParticipantCheck {
    private final Tables tables;
    private final Service service;

    ParticipantCheck(Tables tables, Service service) {
        this.tables = tables;
        this.service = service;
    }

    /** Returns the branches of any transaction that were confirmed although they were never tried. */
    List<String> completedUnseen(String gid) {
        List<String> found = new ArrayList<>();
        service.branches(gid).forEach((name, branch) -> {
            if (branch.wasCompletedUnseen) {
                found.add("contract " + gid + ": " + name + " was confirmed, but never tried");
            }
        });
        return found;
    }

    /** Returns the contradictions to the end of a transaction that no operator has forced. */
    List<String> violations(FinishedRow row, Plan plan) {
        List<String> found = new ArrayList<>();
        service.branches(row.gid()).forEach((name, branch) -> check(row, plan, name, branch, found));
        boolean isCommitted = service.locals().isCommitted(row.gid());
        if (plan.checkBack() >= 0 && isCommitted != (row.state() == TransactionState.SUCCEEDED)) {
            String local = isCommitted ? "committed" : "not committed";
            found.add("both or neither " + row.gid() + ": its local transaction was " + local + ", and it finished as "
                    + row.state());
        }
        return found;
    }

    /** Checks one branch. A branch that joined, but is not in the ended plan, was not meant to be completed. */
    private void check(FinishedRow row, Plan plan, String name, Service.Branch there, List<String> found) {
        int index = plan.indexOf(name);
        Branch branch = index < 0 ? null : plan.branches().get(index);
        boolean isQuestion = branch != null && (branch.approval() != null || index == plan.checkBack());
        if (isQuestion) {
            return;
        }
        boolean canBeUndone = branch == null || branch.undo() != null;
        boolean isChild = branch != null && branch.forward().child() != null;
        boolean isDone = isChild ? tables.read(row.gid() + "/" + name) != null : there.isDone;
        boolean isInEffect = isDone && !there.isUndone;
        if (row.state() == TransactionState.ABORTED
                && isInEffect
                && (canBeUndone || plan.pattern() == Pattern.MESSAGE)) {
            found.add("all undone " + row.gid() + ": " + name + " is not undone");
        }
        if (row.state() == TransactionState.SUCCEEDED && branch != null) {
            if (!(isChild ? isDone : isInEffect)) {
                found.add("all done " + row.gid() + ": " + name + " is not done");
            }
            if (branch.completion() != null && !there.isCompleted) {
                found.add("all done " + row.gid() + ": " + name + " was not confirmed");
            }
        }
    }
}
