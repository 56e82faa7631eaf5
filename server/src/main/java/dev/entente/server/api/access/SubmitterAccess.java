package dev.entente.server.api.access;

import dev.entente.core.decision.Act;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.engine.Transactions;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Keeps those who submit to what they submitted themselves: another's transaction is answered like one that does not
 * exist. Viewers see all, operators see and abort all. What was accepted while there was no authentication belongs
 * to everybody.
 */
public final class SubmitterAccess {
    private SubmitterAccess() {}

    /** @throws Refusal ENT-030 where this caller may not see it */
    public static Snapshot seen(Snapshot snapshot, Caller caller) {
        if (caller.seesOwnAlone() && !isOwn(snapshot.plan(), caller)) {
            throw Refusal.notFound(snapshot.gid());
        }
        return snapshot;
    }

    /** @throws Refusal ENT-031 where the gid stands already, and is another's, as if its content were another */
    public static Snapshot known(Snapshot snapshot, Caller caller) {
        if (caller.seesOwnAlone() && !isOwn(snapshot.plan(), caller)) {
            throw Refusal.otherContent(snapshot.gid());
        }
        return snapshot;
    }

    /**
     * Finds a transaction that this caller may see. Who holds another's makes no difference to a stranger, nor does it
     * whether the database answers: it is asked in any case.
     *
     * @return fails with ENT-030 where the caller may not see it, and where there is none
     */
    public static CompletableFuture<Snapshot> get(Transactions transactions, String gid, Caller caller) {
        return caller.seesOwnAlone() ? transactions.get(gid, plan -> isOwn(plan, caller)) : transactions.get(gid);
    }

    /**
     * Acts on what this caller submitted itself; no further role lets it act as another. Who submits is looked up
     * first; where there is no authentication, that is spared.
     */
    public static CompletableFuture<Snapshot> act(
            Transactions transactions, String gid, Caller caller, Supplier<CompletableFuture<Snapshot>> act) {
        return caller.isKnown()
                ? transactions.view(gid, plan -> isOwn(plan, caller)).thenCompose(_ -> act.get())
                : act.get();
    }

    /**
     * Returns the abort that the caller may make: as a submitter of its own transactions, as an operator of all. A caller
     * with both roles aborts its own transactions as a submitter, unless it asks as an operator.
     *
     * @return fails with ENT-030 where the caller may make none
     */
    public static CompletableFuture<Act.Abort> abort(
            Transactions transactions, String gid, Caller caller, Act.Abort asked) {
        Act.Abort asSubmitter = new Act.Abort(asked.reason(), asked.actor(), false, asked.ifRevision());
        Act.Abort asOperator = new Act.Abort(asked.reason(), asked.actor(), true, asked.ifRevision());
        if (!caller.hasAnyOf(Authentication.OPERATE)) {
            return transactions.view(gid, plan -> isOwn(plan, caller)).thenApply(_ -> asSubmitter);
        }
        if (asked.byOperator() || !caller.roles().contains(Access.SUBMITTER)) {
            return CompletableFuture.completedFuture(asOperator);
        }
        return caller.isKnown()
                ? transactions
                        .view(gid)
                        .thenApply(snapshot -> isOwn(snapshot.plan(), caller) ? asSubmitter : asOperator)
                : CompletableFuture.completedFuture(asSubmitter);
    }

    /** Tells whether the caller has submitted it, so that its result is shown in every view. */
    public static boolean isSubmitter(Snapshot snapshot, Caller caller) {
        return caller.roles().contains(Access.SUBMITTER) && isOwn(snapshot.plan(), caller);
    }

    private static boolean isOwn(Plan plan, Caller caller) {
        String submitter = plan.submitter();
        return submitter == null || submitter.equals(caller.principal());
    }
}
