package dev.entente.server.api;

import com.google.protobuf.ByteString;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.decision.Act;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.engine.Submission;
import dev.entente.server.engine.Transactions;
import dev.entente.server.transaction.ErrorCode;
import dev.entente.server.transaction.Refusal;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.BeginTransactionRequest;
import dev.entente.v1.CommitTransactionRequest;
import dev.entente.v1.CountTransactionsRequest;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.RegisterBranchRequest;
import dev.entente.v1.RegisterBranchResponse;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
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
 * {@code entente.v1.TransactionService}. Every method returns at once and answers later; only what may block (JSON with a participant's
 * reflection, lists) leaves the thread it came on. Thread-safe.
 */
final class TransactionApi extends TransactionServiceGrpc.TransactionServiceImplBase {
    /** How long an end that is being written may take before the caller is sent away. */
    private static final Duration COMMIT_PATIENCE = Duration.ofSeconds(5);

    private final Transactions transactions;
    private final Plans plans;
    private final Views views;
    private final Waiting waiting;
    private final Relay relay;
    private final Watches watches;
    private final Lists lists;

    /** What only looks. */
    record Reading(Watches watches, Lists lists) {}

    TransactionApi(Transactions transactions, Plans plans, Views views, Waiting waiting, Relay relay, Reading reading) {
        this.transactions = transactions;
        this.plans = plans;
        this.views = views;
        this.waiting = waiting;
        this.relay = relay;
        this.watches = reading.watches();
        this.lists = reading.lists();
    }

    @Override
    public void submitTransaction(
            SubmitTransactionRequest request, StreamObserver<SubmitTransactionResponse> observer) {
        relay.serve(
                TransactionServiceGrpc.getSubmitTransactionMethod(),
                request,
                Waiting.bounded(request.getWait()),
                observer,
                (caller, client) -> plans.submitted(request, caller)
                        .thenCompose(checked -> request.getValidateOnly()
                                ? CompletableFuture.completedFuture(validated(checked))
                                : submit(request, checked, caller, client)));
    }

    private CompletableFuture<SubmitTransactionResponse> submit(
            SubmitTransactionRequest request, Intake.Checked checked, Caller caller, Client<?> client) {
        return waiting.during(
                request.getWait(),
                wait -> transactions
                        .accept(checked.submission())
                        .thenCompose(accepted -> rest(Own.known(accepted.snapshot(), caller), wait, client)
                                .thenCompose(
                                        snapshot -> views.show(snapshot, View.BASIC, request.getRenderJson(), caller))
                                .thenApply(shown -> SubmitTransactionResponse.newBuilder()
                                        .setTransaction(shown)
                                        .setAlreadyKnown(accepted.isKnown())
                                        .addAllWarnings(checked.warnings())
                                        .build())));
    }

    /** What would be accepted; it has no state, for it does not exist. */
    private static SubmitTransactionResponse validated(Intake.Checked checked) {
        Submission submission = checked.submission();
        return SubmitTransactionResponse.newBuilder()
                .setTransaction(Transaction.newBuilder()
                        .setGid(submission.gid())
                        .setName(submission.plan().name())
                        .setPatternValue(submission.plan().pattern().code()))
                .addAllWarnings(checked.warnings())
                .build();
    }

    @Override
    public void beginTransaction(BeginTransactionRequest request, StreamObserver<Transaction> observer) {
        relay.serve(
                TransactionServiceGrpc.getBeginTransactionMethod(),
                request,
                Duration.ZERO,
                observer,
                (caller, _) -> transactions
                        .accept(plans.begun(request, caller).submission())
                        .thenApply(accepted -> views.show(Own.known(accepted.snapshot(), caller), View.BASIC, caller)));
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
                        .build());
    }

    @Override
    public void commitTransaction(CommitTransactionRequest request, StreamObserver<Transaction> observer) {
        Set<String> branches = Set.copyOf(request.getBranchesList());
        Map<String, ByteString> responses = Map.copyOf(request.getBranchResponsesMap());
        relay.serve(
                TransactionServiceGrpc.getCommitTransactionMethod(),
                request,
                Waiting.bounded(request.getWait()),
                observer,
                (caller, client) -> act(
                        request.getGid(),
                        new Act.Commit(branches, plans.checkedResponses(responses)),
                        request.getWait(),
                        caller,
                        client));
    }

    @Override
    public void abortTransaction(AbortTransactionRequest request, StreamObserver<Transaction> observer) {
        relay.serve(
                TransactionServiceGrpc.getAbortTransactionMethod(),
                request,
                Waiting.bounded(request.getWait()),
                observer,
                (caller, client) -> act(
                        request.getGid(),
                        new Act.Abort(Reasons.checked(request.getReason()), caller.principal(), caller.isOperator()),
                        request.getWait(),
                        caller,
                        client));
    }

    private CompletableFuture<Snapshot> actOnOwn(String gid, Act act, Caller caller) {
        return Own.act(transactions, gid, caller, () -> transactions.act(gid, act));
    }

    private CompletableFuture<Transaction> act(
            String gid, Act act, com.google.protobuf.Duration waits, Caller caller, Client<?> client) {
        return waiting.during(
                waits,
                wait -> actOnOwn(gid, act, caller)
                        .thenCompose(snapshot -> rest(snapshot, wait, client))
                        .thenApply(snapshot -> views.show(snapshot, View.BASIC, caller)));
    }

    @Override
    public void getTransaction(GetTransactionRequest request, StreamObserver<Transaction> observer) {
        relay.serve(
                TransactionServiceGrpc.getGetTransactionMethod(),
                request,
                Waiting.bounded(request.getWait()),
                observer,
                (caller, client) -> waiting.during(
                        request.getWait(),
                        wait -> transactions
                                .get(request.getGid())
                                .thenCompose(snapshot -> rest(Own.seen(snapshot, caller), wait, client))
                                .thenCompose(snapshot ->
                                        views.show(snapshot, request.getView(), request.getRenderJson(), caller))));
    }

    /** The transaction at rest, or as it stands when the time is over. */
    private CompletableFuture<Snapshot> rest(Snapshot snapshot, Duration wait, Client<?> client) {
        if (!Watches.isTold(snapshot)) {
            Duration patience = wait.compareTo(COMMIT_PATIENCE) > 0 ? wait : COMMIT_PATIENCE;
            return waiting.forRest(snapshot.gid(), patience, client).thenApply(TransactionApi::told);
        }
        return wait.isZero() || snapshot.isAtRest()
                ? CompletableFuture.completedFuture(snapshot)
                : waiting.forRest(snapshot.gid(), wait, client).thenApply(TransactionApi::told);
    }

    /** Nobody is told of an end before it is durable. */
    private static Snapshot told(Snapshot snapshot) {
        if (!Watches.isTold(snapshot)) {
            throw Refusal.temporary(
                    ErrorCode.DATABASE,
                    "transaction '" + snapshot.gid()
                            + "' has ended, but the database has not confirmed it yet; ask again",
                    Duration.ofSeconds(1));
        }
        return snapshot;
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
