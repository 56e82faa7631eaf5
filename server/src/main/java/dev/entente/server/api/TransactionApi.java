package dev.entente.server.api;

import com.google.protobuf.ByteString;
import com.google.protobuf.DurationOrBuilder;
import dev.entente.server.api.access.Caller;
import dev.entente.server.api.access.SubmitterAccess;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.decision.Act;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.engine.Transactions;
import dev.entente.server.transaction.Fence;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.BeginTransactionRequest;
import dev.entente.v1.CommitTransactionRequest;
import dev.entente.v1.CountTransactionsRequest;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.DecideApprovalRequest;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.RegisterBranchRequest;
import dev.entente.v1.RegisterBranchResponse;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.SubmitTransactionsRequest;
import dev.entente.v1.SubmitTransactionsResponse;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.View;
import dev.entente.v1.WatchTransactionRequest;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * {@code entente.v1.TransactionService}. Every method returns at once and answers later; only what may block (JSON with
 * a participant's reflection, lists) leaves the thread it came on. Thread-safe.
 */
final class TransactionApi extends TransactionServiceGrpc.TransactionServiceImplBase {
    private final Transactions transactions;
    private final PlanRequests plans;
    private final TransactionViews views;
    private final EndWaiters waiting;
    private final Relay relay;
    private final SlicedGets gets;
    private final Watches watches;
    private final Lists lists;
    private final Submits submits;

    /** The parts that are shared by several RPCs. */
    record Parts(Submits submits, SlicedGets gets, Watches watches, Lists lists) {}

    TransactionApi(
            Transactions transactions,
            PlanRequests plans,
            TransactionViews views,
            EndWaiters waiting,
            Relay relay,
            Parts parts) {
        this.transactions = transactions;
        this.plans = plans;
        this.views = views;
        this.waiting = waiting;
        this.relay = relay;
        this.gets = parts.gets();
        this.watches = parts.watches();
        this.lists = parts.lists();
        this.submits = parts.submits();
    }

    @Override
    public void submitTransaction(
            SubmitTransactionRequest request, StreamObserver<SubmitTransactionResponse> observer) {
        submits.one(request, observer);
    }

    @Override
    public StreamObserver<SubmitTransactionsRequest> submitTransactions(
            StreamObserver<SubmitTransactionsResponse> observer) {
        return submits.many(observer);
    }

    @Override
    public void beginTransaction(BeginTransactionRequest request, StreamObserver<Transaction> observer) {
        relay.serve(
                TransactionServiceGrpc.getBeginTransactionMethod(),
                request,
                Duration.ZERO,
                observer,
                (caller, _) -> plans.begun(request, caller)
                        .thenCompose(checked -> transactions.accept(checked.submission()))
                        .thenApply(accepted ->
                                views.show(SubmitterAccess.known(accepted.snapshot(), caller), View.BASIC, caller)));
    }

    @Override
    public void registerBranch(RegisterBranchRequest request, StreamObserver<RegisterBranchResponse> observer) {
        relay.serve(
                TransactionServiceGrpc.getRegisterBranchMethod(),
                request,
                Duration.ZERO,
                observer,
                (caller, _) ->
                        plans.registered(request).thenCompose(branch -> register(request.getGid(), branch, caller)));
    }

    private CompletableFuture<RegisterBranchResponse> register(
            String gid, PlanCodec.DecodedBranch branch, Caller caller) {
        Act.Register act = new Act.Register(branch.branch(), branch.encoded());
        // Whoever is called by a transaction may take part in it: its children are registered by the services that
        // their parents call.
        boolean isNested = branch.branch().parent() != null;
        return (isNested ? transactions.act(gid, act) : actOnOwn(gid, act, caller))
                .thenApply(snapshot -> RegisterBranchResponse.newBuilder()
                        .setBranch(branch.branch().id())
                        .setFence(snapshot.fence())
                        .setFenceBase(snapshot.fence() == Fence.NONE ? 0 : Fence.BASE)
                        .build());
    }

    @Override
    public void commitTransaction(CommitTransactionRequest request, StreamObserver<Transaction> observer) {
        Set<String> branches = Set.copyOf(request.getBranchesList());
        Map<String, ByteString> responses = Map.copyOf(request.getBranchResponsesMap());
        relay.serve(
                TransactionServiceGrpc.getCommitTransactionMethod(),
                request,
                EndWaiters.bounded(request.getWait()),
                observer,
                (caller, interest) -> act(
                        request.getGid(),
                        new Act.Commit(branches, plans.checkedResponses(responses)),
                        request.getWait(),
                        caller,
                        interest));
    }

    @Override
    public void abortTransaction(AbortTransactionRequest request, StreamObserver<Transaction> observer) {
        relay.serve(
                TransactionServiceGrpc.getAbortTransactionMethod(),
                request,
                EndWaiters.bounded(request.getWait()),
                observer,
                (caller, interest) -> act(
                        request.getGid(),
                        new Act.Abort(Reasons.checked(request.getReason()), caller.principal(), caller.isOperator()),
                        request.getWait(),
                        caller,
                        interest));
    }

    @Override
    public void decideApproval(DecideApprovalRequest request, StreamObserver<Transaction> observer) {
        relay.serve(
                TransactionServiceGrpc.getDecideApprovalMethod(),
                request,
                Duration.ZERO,
                observer,
                (caller, _) -> decide(request, caller).thenApply(snapshot -> views.show(snapshot, View.BASIC, caller)));
    }

    private CompletableFuture<Snapshot> decide(DecideApprovalRequest request, Caller caller) {
        Act.Operate act = new Act.DecideApproval(
                request.getBranch(), request.getApproved(), caller.principal(), Reasons.checked(request.getReason()));
        return transactions.act(request.getGid(), act).whenComplete((snapshot, thrown) -> {
            if (thrown == null) {
                OperatorApi.note(act, snapshot);
            }
        });
    }

    private CompletableFuture<Snapshot> actOnOwn(String gid, Act act, Caller caller) {
        return SubmitterAccess.act(transactions, gid, caller, () -> transactions.act(gid, act));
    }

    private CompletableFuture<Transaction> act(
            String gid, Act act, DurationOrBuilder waits, Caller caller, Interest interest) {
        return waiting.during(
                waits,
                wait -> actOnOwn(gid, act, caller)
                        .thenCompose(snapshot -> {
                            if (act instanceof Act.Abort abort) {
                                OperatorApi.note(abort, snapshot);
                            }
                            return waiting.rest(snapshot, wait, interest);
                        })
                        .thenApply(snapshot -> views.show(snapshot, View.BASIC, caller)));
    }

    @Override
    public void getTransaction(GetTransactionRequest request, StreamObserver<Transaction> observer) {
        relay.serve(
                TransactionServiceGrpc.getGetTransactionMethod(),
                request,
                EndWaiters.bounded(request.getWait()),
                observer,
                (caller, interest) -> gets.get(request, caller, interest));
    }

    @Override
    public void watchTransaction(WatchTransactionRequest request, StreamObserver<Transaction> observer) {
        watches.open(request, observer);
    }

    @Override
    public void listTransactions(ListTransactionsRequest request, StreamObserver<ListTransactionsResponse> observer) {
        relay.serve(
                TransactionServiceGrpc.getListTransactionsMethod(),
                request,
                Duration.ZERO,
                observer,
                (caller, _) -> lists.list(request, caller));
    }

    @Override
    public void countTransactions(
            CountTransactionsRequest request, StreamObserver<CountTransactionsResponse> observer) {
        relay.serve(
                TransactionServiceGrpc.getCountTransactionsMethod(),
                request,
                Duration.ZERO,
                observer,
                (_, _) -> lists.count(request));
    }
}
