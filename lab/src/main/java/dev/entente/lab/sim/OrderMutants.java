package dev.entente.lab.sim;

import dev.entente.server.transaction.Branch;
import dev.entente.server.transaction.GlobalTransaction;
import dev.entente.server.transaction.Plan;
import java.util.ArrayList;
import java.util.List;

/** Lies about which branch comes after which. */
final class OrderMutants {
    private OrderMutants() {}

    /** The plan in which nothing leads further than to the next branch: who has nothing to undo comes after nobody. */
    static GlobalTransaction withoutLongWays(GlobalTransaction transaction) {
        Plan plan = transaction.plan();
        List<Branch> branches = new ArrayList<>();
        for (int i = 0; i < plan.branches().size(); i++) {
            Branch branch = plan.branches().get(i);
            boolean isOpen =
                    branch.undo() != null && transaction.progress().branch(i).mayHaveHappened();
            branches.add(isOpen ? branch : alone(branch));
        }
        return new GlobalTransaction(
                transaction.gid(),
                plan.of(branches),
                transaction.createdAt(),
                transaction.deadlineAt(),
                transaction.progress(),
                transaction.custody());
    }

    private static Branch alone(Branch branch) {
        return new Branch(
                branch.id(),
                null,
                branch.forward(),
                branch.completion(),
                branch.undo(),
                List.of(),
                branch.pivot(),
                branch.retriable(),
                branch.approval(),
                branch.continues(),
                branch.registeredAt());
    }
}
