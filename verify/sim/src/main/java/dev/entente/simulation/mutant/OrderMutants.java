package dev.entente.simulation.mutant;

import dev.entente.core.transaction.Binding;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.BranchProgress;
import dev.entente.core.transaction.BranchState;
import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Falsifies the order of branches, and which branches may have been called. */
public final class OrderMutants {
    private OrderMutants() {}

    /** Returns the plan in which branches with nothing to undo have no predecessors, so no order leads across them. */
    static GlobalTransaction withoutLongWays(GlobalTransaction transaction) {
        Plan plan = transaction.plan();
        List<Branch> branches = new ArrayList<>();
        for (int i = 0; i < plan.branches().size(); i++) {
            Branch branch = plan.branches().get(i);
            boolean isOpen = branch.undo() != null
                    && transaction.progress().branch(i).state().mayHaveHappened();
            branches.add(isOpen ? branch : alone(branch));
        }
        return MutantDecider.withPlan(transaction, plan.of(branches));
    }

    private static Branch alone(Branch branch) {
        return like(branch, null, branch.undo(), List.of());
    }

    /** Returns the branch with an undo that requires no response. */
    static Branch requiringNothing(Branch branch) {
        Operation undo = branch.undo();
        if (undo == null || undo.bindings().isEmpty()) {
            return branch;
        }
        List<Binding> bindings = undo.bindings().stream()
                .map(bind -> new Binding(bind.from(), bind.fromRole(), bind.fromPath(), bind.toPath(), false))
                .toList();
        Operation easy = new Operation(undo.target(), undo.body(), bindings, undo.policy(), undo.child());
        return like(branch, branch.parent(), easy, branch.after());
    }

    private static Branch like(Branch branch, @Nullable String parent, @Nullable Operation undo, List<String> after) {
        return new Branch(
                branch.id(),
                parent,
                new Branch.Operations(branch.forward(), branch.completion(), undo),
                after,
                new Branch.Commitment(branch.pivot(), branch.retriable()),
                branch.approval(),
                new Branch.Origin(branch.continues(), branch.registeredAt()));
    }

    /** Suspects, after a takeover, only branches that could be called next; later branches count as never called. */
    static GlobalTransaction unsuspected(GlobalTransaction before, GlobalTransaction next) {
        GlobalTransaction changed = next;
        Plan plan = before.plan();
        for (int i = 0; i < before.progress().branches().size(); i++) {
            BranchProgress was = before.progress().branch(i);
            boolean isBehind = plan.branches().get(i).after().stream()
                    .anyMatch(earlier ->
                            before.progress().branch(plan.indexOf(earlier)).state() != BranchState.DONE);
            if (isBehind && was.state() == BranchState.PENDING) {
                changed = changed.with(changed.progress().withBranch(i, was));
            }
        }
        return changed;
    }

    /** Keeps suspected branches suspected, although an earlier branch has refused. */
    static GlobalTransaction undoneAllTheSame(GlobalTransaction before, GlobalTransaction next) {
        GlobalTransaction changed = next;
        boolean startsCompensation =
                before.state() == TransactionState.RUNNING && next.state() == TransactionState.UNDOING;
        for (int i = 0; startsCompensation && i < before.progress().branches().size(); i++) {
            BranchProgress was = before.progress().branch(i);
            boolean isSpared = next.progress().branch(i).state() == BranchState.SKIPPED;
            if (isSpared && was.state() == BranchState.CALLED && was.sent() > 0) {
                changed = changed.with(
                        changed.progress().withBranch(i, was.switchedToOperation(BranchState.CALLED, Role.UNDO)));
            }
        }
        return changed;
    }
}
