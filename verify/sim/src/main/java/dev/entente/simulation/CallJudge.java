package dev.entente.simulation;

import dev.entente.core.transaction.Binding;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Progress;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.store.OpenRow;
import dev.entente.simulation.world.SentCalls;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Holds each call, as it leaves, against what the row says at that moment: what must be durable before it. */
final class CallJudge {
    private final Service service;
    private final MessageJudge messages;
    private final SentCalls calls;

    CallJudge(Service service, MessageJudge messages, SentCalls calls) {
        this.service = service;
        this.messages = messages;
        this.calls = calls;
    }

    /**
     * Returns what is wrong with a call of a branch in the plan.
     *
     * @param stored the progress in the row, or null if it was never written
     */
    List<String> check(BranchCall call, Role role, OpenRow row, Plan plan, @Nullable Progress stored) {
        Finding found = new Finding(call, new ArrayList<>());
        int index = plan.indexOf(call.branch());
        switch (role) {
            case FORWARD -> {
                found.wrong.addAll(messages.checkCall(call, row, plan));
                if (!call.op().equals(Pattern.CHECK)) {
                    checkForward(found, row, plan, plan.branches().get(index), stored);
                }
            }
            case COMPLETION -> found.unlessDecided(row, TransactionState.COMPLETING, role);
            case UNDO -> {
                found.unlessDecided(row, TransactionState.UNDOING, role);
                checkUndo(found, stored, index);
            }
        }
        return found.wrong;
    }

    /** The violations of one call. */
    private record Finding(BranchCall call, List<String> wrong) {
        void violated(String law, String what) {
            wrong.add(law + " " + call.gid() + ": " + what);
        }

        void unlessDecided(OpenRow row, TransactionState wanted, Role role) {
            if (row.state() != wanted) {
                violated("L2", role + " " + call.branch() + " left while the row was " + row.state());
            }
        }
    }

    private void checkForward(Finding found, OpenRow row, Plan plan, Branch branch, @Nullable Progress stored) {
        BranchCall call = found.call();
        boolean isRoot = branch.after().isEmpty() && row.state() == TransactionState.RUNNING;
        if (branch.pivot() && !isRoot && (stored == null || stored.pivotRevision() == 0)) {
            found.violated("L2", "the pivot left before that was durable");
        }
        if (branch.continues() != null
                && !branch.after().stream().allMatch(other -> service.branch(call.gid(), other).isDone)) {
            found.violated("three phases", call.branch() + " left before all were prepared");
        }
        for (String before : branch.after()) {
            boolean isGiven = state(stored, plan, before) == BranchState.DONE;
            if (plan.branches().get(plan.indexOf(before)).approval() != null && !isGiven) {
                found.violated("L1", call.branch() + " left before the approval of " + before + " was durable");
            }
        }
        for (Binding binding : branch.forward().bindings()) {
            if (state(stored, plan, binding.from()) != BranchState.DONE) {
                found.violated("L3", call.branch() + " left before the response that it reads was durable");
            }
        }
    }

    private static BranchState state(@Nullable Progress stored, Plan plan, String branch) {
        return stored == null
                ? BranchState.PENDING
                : stored.branch(plan.indexOf(branch)).state();
    }

    private void checkUndo(Finding found, @Nullable Progress stored, int index) {
        BranchCall call = found.call();
        if (stored == null || stored.branch(index).state() == BranchState.DONE) {
            return;
        }
        for (Role role : calls.underWay(call.gid(), call.branch())) {
            if (role == Role.FORWARD) {
                found.violated("L2", "UNDO " + call.branch() + " left while its forward call was under way");
            }
        }
    }
}
