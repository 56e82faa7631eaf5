package dev.entente.server.api;

import com.google.protobuf.ByteString;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.BeginTransactionRequest;
import dev.entente.v1.CommitTransactionRequest;
import dev.entente.v1.CountTransactionsRequest;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.DecideApprovalRequest;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.ListRatesRequest;
import dev.entente.v1.ListRatesResponse;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.LookAtWaitingRequest;
import dev.entente.v1.LookAtWaitingResponse;
import dev.entente.v1.RegisterBranchRequest;
import dev.entente.v1.RegisterBranchResponse;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.SubmitTransactionsRequest;
import dev.entente.v1.SubmitTransactionsResponse;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.WatchTransactionRequest;
import io.grpc.stub.StreamObserver;
import java.util.Map;
import java.util.Set;

/**
 * {@code entente.v1.TransactionService}. Each method returns immediately and responds later. Only work that may block
 * (JSON with a participant's reflection, lists) runs on another thread. Thread-safe.
 */
final class TransactionApi extends TransactionServiceGrpc.TransactionServiceImplBase {
    private final Submits submits;
    private final ClientRequests acts;
    private final ForwardedGets gets;
    private final Watches watches;
    private final Lists lists;
    private final OwnerRouter router;

    TransactionApi(
            Submits submits,
            ClientRequests acts,
            ForwardedGets gets,
            Watches watches,
            Lists lists,
            OwnerRouter router) {
        this.submits = submits;
        this.acts = acts;
        this.gets = gets;
        this.watches = watches;
        this.lists = lists;
        this.router = router;
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
        router.serve(
                TransactionServiceGrpc.getBeginTransactionMethod(),
                request,
                observer,
                (caller, _) -> acts.begin(request, caller));
    }

    @Override
    public void registerBranch(RegisterBranchRequest request, StreamObserver<RegisterBranchResponse> observer) {
        router.serve(
                TransactionServiceGrpc.getRegisterBranchMethod(),
                request,
                observer,
                (caller, _) -> acts.register(request, caller));
    }

    @Override
    public void commitTransaction(CommitTransactionRequest request, StreamObserver<Transaction> observer) {
        Set<String> branches = Set.copyOf(request.getBranchesList());
        Map<String, ByteString> responses = Map.copyOf(request.getBranchResponsesMap());
        router.serve(
                TransactionServiceGrpc.getCommitTransactionMethod(),
                request,
                EndWaiters.bounded(request.getWait()),
                observer,
                (caller, presence) -> acts.commit(request, branches, responses, caller, presence));
    }

    @Override
    public void abortTransaction(AbortTransactionRequest request, StreamObserver<Transaction> observer) {
        router.serve(
                TransactionServiceGrpc.getAbortTransactionMethod(),
                request,
                EndWaiters.bounded(request.getWait()),
                observer,
                (caller, presence) -> acts.abort(request, caller, presence));
    }

    @Override
    public void decideApproval(DecideApprovalRequest request, StreamObserver<Transaction> observer) {
        router.serve(
                TransactionServiceGrpc.getDecideApprovalMethod(),
                request,
                observer,
                (caller, _) -> acts.decide(request, caller));
    }

    @Override
    public void getTransaction(GetTransactionRequest request, StreamObserver<Transaction> observer) {
        router.serve(
                TransactionServiceGrpc.getGetTransactionMethod(),
                request,
                EndWaiters.bounded(request.getWait()),
                observer,
                (caller, presence) -> gets.get(request, caller, presence));
    }

    @Override
    public void watchTransaction(WatchTransactionRequest request, StreamObserver<Transaction> observer) {
        watches.open(request, observer);
    }

    @Override
    public void listTransactions(ListTransactionsRequest request, StreamObserver<ListTransactionsResponse> observer) {
        router.serve(
                TransactionServiceGrpc.getListTransactionsMethod(),
                request,
                observer,
                (caller, _) -> lists.list(request, caller));
    }

    @Override
    public void countTransactions(
            CountTransactionsRequest request, StreamObserver<CountTransactionsResponse> observer) {
        router.serve(
                TransactionServiceGrpc.getCountTransactionsMethod(),
                request,
                observer,
                (caller, _) -> lists.count(request, caller));
    }

    @Override
    public void lookAtWaiting(LookAtWaitingRequest request, StreamObserver<LookAtWaitingResponse> observer) {
        OwnerRouter.here(observer, (caller, _) -> lists.held(request, caller));
    }

    @Override
    public void listRates(ListRatesRequest request, StreamObserver<ListRatesResponse> observer) {
        router.serve(TransactionServiceGrpc.getListRatesMethod(), request, observer, (_, _) -> lists.rates(request));
    }
}
