package dev.entente.server.engine;

import dev.entente.server.decision.Effect;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.transaction.Branch;
import dev.entente.server.transaction.GlobalTransaction;
import dev.entente.server.transaction.Plan;
import org.jspecify.annotations.Nullable;

/** What participants are told, and what their answers are held against. */
final class Calling {
    private Calling() {}

    static BranchCall request(
            GlobalTransaction transaction, Effect.Call call, long fence, @Nullable String traceparent, Lease lease) {
        Plan plan = transaction.plan();
        Branch branch = plan.branches().get(call.branch());
        return new BranchCall(
                transaction.gid(),
                branch.shownId(),
                plan.operationName(call.branch(), call.role()),
                call.attempt(),
                fence,
                plan.pattern(),
                transaction.createdAt(),
                call.target(),
                call.request(),
                call.timeout(),
                lease::isHeld,
                traceparent);
    }

    /** Whether another transaction makes the call. */
    static boolean isByChild(GlobalTransaction transaction, Effect.Call call) {
        var operation = transaction.plan().branches().get(call.branch()).operation(call.role());
        return operation != null && operation.child() != null;
    }

    static boolean isOwnedBy(long incarnation, @Nullable StoredTransaction row) {
        return row instanceof OpenRow open && open.owner() != null && open.owner() == incarnation;
    }
}
