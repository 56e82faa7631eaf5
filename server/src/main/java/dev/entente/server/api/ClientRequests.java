package dev.entente.server.api;

import com.google.protobuf.ByteString;
import com.google.protobuf.DurationOrBuilder;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.Fence;
import dev.entente.server.api.access.Caller;
import dev.entente.server.api.access.SubmitterAccess;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.engine.Transactions;
import dev.entente.server.participant.signing.JoinTokens;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.BeginTransactionRequest;
import dev.entente.v1.CommitTransactionRequest;
import dev.entente.v1.DecideApprovalRequest;
import dev.entente.v1.RegisterBranchRequest;
import dev.entente.v1.RegisterBranchResponse;
import dev.entente.v1.Transaction;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Handles client requests on a transaction other than submit and read: begin, register, commit, abort, approve. Does
 * not block; thread-safe.
 */
final class ClientRequests {
    private final Transactions transactions;
    private final PlanValidation plans;
    private final TransactionViews views;
    private final EndWaiters waiting;
    private final JoinTokens joins;

    ClientRequests(
            Transactions transactions,
            PlanValidation plans,
            TransactionViews views,
            EndWaiters waiting,
            JoinTokens joins) {
        this.transactions = transactions;
        this.plans = plans;
        this.views = views;
        this.waiting = waiting;
        this.joins = joins;
    }

    CompletableFuture<Transaction> begin(BeginTransactionRequest request, Caller caller) {
        return plans.begun(request, caller)
                .thenCompose(checked -> transactions.accept(checked.submission()))
                .thenApply(accepted -> views.show(SubmitterAccess.known(accepted.snapshot(), caller), caller));
    }

    CompletableFuture<RegisterBranchResponse> register(RegisterBranchRequest request, Caller caller) {
        return plans.registered(request.getTcc()).thenCompose(branch -> register(request, branch, caller));
    }

    private CompletableFuture<RegisterBranchResponse> register(
            RegisterBranchRequest request, PlanCodec.DecodedBranch branch, Caller caller) {
        String gid = request.getGid();
        TransactionRequest.Register act = new TransactionRequest.Register(branch.branch(), branch.encoded());
        String parent = branch.branch().parent();
        // A participant that shows the join token of the parent's call need not be the submitter.
        boolean isProven = parent != null && joins.proves(request.getJoinToken(), gid, parent);
        CompletableFuture<Snapshot> acted = isProven ? transactions.act(gid, act) : actOnOwn(gid, act, caller);
        return acted.thenApply(snapshot -> {
            String registered = branch.branch().id();
            return RegisterBranchResponse.newBuilder()
                    .setBranch(registered)
                    .setFence(snapshot.fence())
                    .setFenceBase(snapshot.fence() == Fence.NONE ? 0 : Fence.BASE)
                    .setJoinToken(joins.of(gid, registered, snapshot.fence()))
                    .build();
        });
    }

    CompletableFuture<Transaction> commit(
            CommitTransactionRequest request,
            Set<String> branches,
            Map<String, ByteString> responses,
            Caller caller,
            ClientPresence presence) {
        String gid = request.getGid();
        plans.refuseLarge(responses);
        TransactionRequest.Commit act = new TransactionRequest.Commit(branches, responses);
        return acted(request.getWait(), caller, presence, () -> actOnOwn(gid, act, caller));
    }

    CompletableFuture<Transaction> abort(AbortTransactionRequest request, Caller caller, ClientPresence presence) {
        String gid = request.getGid();
        TransactionRequest.Abort asked = OperationTranslation.of(request, caller.principal());
        return acted(
                request.getWait(),
                caller,
                presence,
                () -> SubmitterAccess.abort(transactions, gid, caller, asked)
                        .thenCompose(act -> transactions.act(gid, act, request.getIfFence(), caller.origin())));
    }

    CompletableFuture<Transaction> decide(DecideApprovalRequest request, Caller caller) {
        TransactionRequest.Operate act = OperationTranslation.of(request, caller.principal());
        return transactions
                .act(request.getGid(), act, request.getIfFence(), caller.origin())
                .thenApply(snapshot -> views.show(snapshot, caller));
    }

    private CompletableFuture<Snapshot> actOnOwn(String gid, TransactionRequest act, Caller caller) {
        return SubmitterAccess.act(transactions, gid, caller, () -> transactions.act(gid, act));
    }

    private CompletableFuture<Transaction> acted(
            DurationOrBuilder waits,
            Caller caller,
            ClientPresence presence,
            Supplier<CompletableFuture<Snapshot>> act) {
        return waiting.during(
                waits,
                wait -> act.get()
                        .thenCompose(done -> waiting.rest(done, wait, presence)
                                .thenApply(snapshot -> done.isUnchanged() ? snapshot.unchanged() : snapshot))
                        .thenApply(snapshot -> views.show(snapshot, caller)));
    }
}
