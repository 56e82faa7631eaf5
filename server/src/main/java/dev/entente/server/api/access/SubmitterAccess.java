package dev.entente.server.api.access;

import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.engine.Transactions;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Restricts a submitter to its own transactions: the response for a transaction of another submitter equals the
 * response for a missing transaction. Viewers see all transactions, and operators see and abort all. Each caller may
 * access transactions that were accepted without authentication.
 */
public final class SubmitterAccess {
    private SubmitterAccess() {}

    /** @throws Refusal ENT-030 if this caller may not see the transaction */
    public static Snapshot seen(Snapshot snapshot, Caller caller) {
        if (caller.seesOwnAlone() && !isOwn(snapshot.plan(), caller)) {
            throw Refusal.notFound(snapshot.gid());
        }
        return snapshot;
    }

    /** @throws Refusal ENT-031 if the gid belongs to another submitter, as for a transaction with other content */
    public static Snapshot known(Snapshot snapshot, Caller caller) {
        if (caller.seesOwnAlone() && !isOwn(snapshot.plan(), caller)) {
            throw Refusal.otherContent(snapshot.gid());
        }
        return snapshot;
    }

    /**
     * Finds a transaction that this caller may see. The response for another submitter's transaction does not depend on
     * the owner or on the database's availability: the database is always queried.
     *
     * @return fails with ENT-030 if the caller may not see the transaction, and if there is no transaction
     */
    public static CompletableFuture<Snapshot> get(Transactions transactions, String gid, Caller caller) {
        return caller.seesOwnAlone() ? transactions.get(gid, plan -> isOwn(plan, caller)) : transactions.get(gid);
    }

    /**
     * Acts on a transaction that this caller submitted; other roles do not extend this access. Reads the submitter
     * first. Without authentication there is no such read.
     */
    public static CompletableFuture<Snapshot> act(
            Transactions transactions, String gid, Caller caller, Supplier<CompletableFuture<Snapshot>> act) {
        return caller.isKnown()
                ? transactions.view(gid, plan -> isOwn(plan, caller)).thenCompose(_ -> act.get())
                : act.get();
    }

    /**
     * Returns the abort that the caller may make: as a submitter for its own transactions, as an operator for all. A
     * caller with both roles aborts its own transactions as a submitter, unless the request is by an operator.
     *
     * @return fails with ENT-030 if the caller may not abort
     */
    public static CompletableFuture<TransactionRequest.Abort> abort(
            Transactions transactions, String gid, Caller caller, TransactionRequest.Abort asked) {
        TransactionRequest.Abort asSubmitter =
                new TransactionRequest.Abort(asked.reason(), asked.actor(), false, asked.ifRevision());
        TransactionRequest.Abort asOperator =
                new TransactionRequest.Abort(asked.reason(), asked.actor(), true, asked.ifRevision());
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

    /** Returns whether the caller submitted the transaction. If so, each view contains the result. */
    public static boolean isSubmitter(Snapshot snapshot, Caller caller) {
        return caller.roles().contains(Access.SUBMITTER) && isOwn(snapshot.plan(), caller);
    }

    private static boolean isOwn(Plan plan, Caller caller) {
        String submitter = plan.submitter();
        return submitter == null || submitter.equals(caller.principal());
    }
}
