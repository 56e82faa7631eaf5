package dev.entente.server.engine;

import dev.entente.server.decision.Effect;
import dev.entente.server.participant.BranchCall;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.transaction.Branch;
import dev.entente.server.transaction.Fence;
import dev.entente.server.transaction.GlobalTransaction;
import dev.entente.server.transaction.Outcome;
import dev.entente.server.transaction.Plan;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Builds the calls to participants, and checks an answer of a stale fence against the row. */
final class CallRequests {
    private CallRequests() {}

    /** @param rev the row's, when it was claimed */
    static BranchCall request(
            GlobalTransaction transaction,
            Effect.Call call,
            long rev,
            @Nullable String traceparent,
            BranchCall.Permit permit) {
        Plan plan = transaction.plan();
        Branch branch = plan.branches().get(call.branch());
        return new BranchCall(
                transaction.gid(),
                branch.shownId(),
                plan.operationName(call.branch(), call.role()),
                call.attempt(),
                Fence.of(rev),
                plan.pattern(),
                transaction.createdAt(),
                call.target(),
                call.request(),
                call.timeout(),
                permit,
                traceparent);
    }

    /** Tells whether another transaction makes the call. */
    static boolean isByChild(GlobalTransaction transaction, Effect.Call call) {
        var operation = transaction.plan().branches().get(call.branch()).operation(call.role());
        return operation != null && operation.child() != null;
    }

    /**
     * A participant has seen a higher fence: either this coordinator was superseded, or the participant is wrong. The
     * row knows.
     */
    static void stale(Host host, String gid, Outcome.StaleFence stale, Runnable superseded, Consumer<Outcome> answer) {
        Callbacks.when(host.store().read(gid), (row, failure) -> {
            if (failure != null || isOwnedBy(host.store().incarnation(), row)) {
                answer.accept(new Outcome.Unknown("stale fence: " + stale.detail(), null));
            } else {
                superseded.run();
            }
        });
    }

    static boolean isOwnedBy(long incarnation, @Nullable StoredTransaction row) {
        return row instanceof OpenRow open && open.owner() != null && open.owner() == incarnation;
    }
}
