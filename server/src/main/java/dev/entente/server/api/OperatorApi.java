package dev.entente.server.api;

import dev.entente.core.decision.Replay;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.Progress;
import dev.entente.server.api.access.Caller;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.engine.Transactions;
import dev.entente.v1.AnnounceParticipantRequest;
import dev.entente.v1.AnnounceParticipantResponse;
import dev.entente.v1.DebugTransactionRequest;
import dev.entente.v1.DebugTransactionResponse;
import dev.entente.v1.DiagnoseRequest;
import dev.entente.v1.Diagnosis;
import dev.entente.v1.ForceFinishRequest;
import dev.entente.v1.GetStatisticsRequest;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.ListAuditEntriesRequest;
import dev.entente.v1.ListAuditEntriesResponse;
import dev.entente.v1.ListCoordinatorsRequest;
import dev.entente.v1.ListCoordinatorsResponse;
import dev.entente.v1.ListParticipantsRequest;
import dev.entente.v1.ListParticipantsResponse;
import dev.entente.v1.OperateMatchingRequest;
import dev.entente.v1.OperateMatchingResponse;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.OperationPreview;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.Participant;
import dev.entente.v1.Payload;
import dev.entente.v1.PreviewActRequest;
import dev.entente.v1.ProbeParticipantRequest;
import dev.entente.v1.ReadPayloadRequest;
import dev.entente.v1.RecoverTransactionsRequest;
import dev.entente.v1.RecoverTransactionsResponse;
import dev.entente.v1.ReplayTransactionResponse;
import dev.entente.v1.ResolveBranchRequest;
import dev.entente.v1.Statistics;
import dev.entente.v1.Transaction;
import io.grpc.MethodDescriptor;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** {@code entente.v1.OperatorService}. Each method returns immediately and responds later. Thread-safe. */
final class OperatorApi extends OperatorServiceGrpc.OperatorServiceImplBase {
    private final Transactions transactions;
    private final Resends resends;
    private final OperationPreviews previews;
    private final TransactionViews views;
    private final OwnerRouter router;
    private final OperatorView overview;
    private final BulkOperations bulk;
    private final OperationTranslation stated;
    private final Payloads payloads;

    OperatorApi(
            Transactions transactions,
            TransactionViews views,
            OwnerRouter router,
            OperatorView overview,
            BulkOperations bulk,
            OperationTranslation stated,
            Payloads payloads) {
        this.transactions = transactions;
        this.resends = new Resends(transactions);
        this.previews = new OperationPreviews(transactions, views, stated);
        this.views = views;
        this.router = router;
        this.overview = overview;
        this.bulk = bulk;
        this.stated = stated;
        this.payloads = payloads;
    }

    @Override
    public void retryTransaction(OperateRequest request, StreamObserver<Transaction> observer) {
        operate(OperatorServiceGrpc.getRetryTransactionMethod(), request, observer, TransactionRequest.Retry::new);
    }

    @Override
    public void parkTransaction(OperateRequest request, StreamObserver<Transaction> observer) {
        operate(OperatorServiceGrpc.getParkTransactionMethod(), request, observer, TransactionRequest.Park::new);
    }

    @Override
    public void resumeTransaction(OperateRequest request, StreamObserver<Transaction> observer) {
        operate(OperatorServiceGrpc.getResumeTransactionMethod(), request, observer, TransactionRequest.Resume::new);
    }

    @Override
    public void skipDelivery(OperateRequest request, StreamObserver<Transaction> observer) {
        operate(OperatorServiceGrpc.getSkipDeliveryMethod(), request, observer, TransactionRequest.Skip::new);
    }

    @Override
    public void resendNotification(OperateRequest request, StreamObserver<Transaction> observer) {
        router.serve(
                OperatorServiceGrpc.getResendNotificationMethod(),
                request,
                observer,
                (caller, _) -> resends.resend(request, caller).thenApply(snapshot -> views.show(snapshot, caller)));
    }

    @Override
    public void resolveBranch(ResolveBranchRequest request, StreamObserver<Transaction> observer) {
        operate(
                OperatorServiceGrpc.getResolveBranchMethod(),
                request,
                request.getGid(),
                request.getIfFence(),
                observer,
                caller -> transactions
                        .get(request.getGid())
                        .thenApply(snapshot -> stated.of(request, snapshot.plan(), caller.principal())));
    }

    @Override
    public void forceFinishTransaction(ForceFinishRequest request, StreamObserver<Transaction> observer) {
        operate(
                OperatorServiceGrpc.getForceFinishTransactionMethod(),
                request,
                request.getGid(),
                request.getIfFence(),
                observer,
                caller -> now(stated.of(request, caller.principal())));
    }

    private void operate(
            MethodDescriptor<OperateRequest, Transaction> method,
            OperateRequest request,
            StreamObserver<Transaction> observer,
            OperationTranslation.Stating act) {
        operate(
                method,
                request,
                request.getGid(),
                request.getIfFence(),
                observer,
                caller -> now(OperationTranslation.of(request, caller.principal(), act)));
    }

    private static <T> CompletableFuture<T> now(T value) {
        return CompletableFuture.completedFuture(value);
    }

    private <Q> void operate(
            MethodDescriptor<Q, Transaction> method,
            Q request,
            String gid,
            long ifFence,
            StreamObserver<Transaction> observer,
            Function<Caller, CompletableFuture<TransactionRequest.Operate>> order) {
        router.serve(
                method,
                request,
                observer,
                (caller, _) -> order.apply(caller)
                        .thenCompose(act -> transactions.act(gid, act, ifFence, caller.origin()))
                        .thenApply(snapshot -> views.show(snapshot, caller)));
    }

    /** Previews an action at the owner, because only the owner knows the calls in flight. */
    @Override
    public void previewAct(PreviewActRequest request, StreamObserver<OperationPreview> observer) {
        router.serve(
                OperatorServiceGrpc.getPreviewActMethod(),
                request,
                observer,
                (caller, _) -> previews.preview(request, caller));
    }

    @Override
    public void readPayload(ReadPayloadRequest request, StreamObserver<Payload> observer) {
        router.serve(
                OperatorServiceGrpc.getReadPayloadMethod(),
                request,
                observer,
                (_, _) -> transactions.get(request.getGid()).thenCompose(snapshot -> payloads.read(request, snapshot)));
    }

    @Override
    public void operateMatching(OperateMatchingRequest request, StreamObserver<OperateMatchingResponse> observer) {
        bulk.operate(request, Caller.current(), observer);
    }

    @Override
    public void listParticipants(ListParticipantsRequest request, StreamObserver<ListParticipantsResponse> observer) {
        router.serve(
                OperatorServiceGrpc.getListParticipantsMethod(),
                request,
                observer,
                (_, _) -> now(overview.participants()));
    }

    @Override
    public void probeParticipant(ProbeParticipantRequest request, StreamObserver<Participant> observer) {
        router.serve(
                OperatorServiceGrpc.getProbeParticipantMethod(),
                request,
                observer,
                (_, _) -> overview.probe(request.getName()));
    }

    /** Handles an announcement in this coordinator's memory only, because participants repeat announcements. */
    @Override
    public void announceParticipant(
            AnnounceParticipantRequest request, StreamObserver<AnnounceParticipantResponse> observer) {
        OwnerRouter.here(observer, (caller, _) -> now(overview.announce(request, caller)));
    }

    @Override
    public void listCoordinators(ListCoordinatorsRequest request, StreamObserver<ListCoordinatorsResponse> observer) {
        router.serve(
                OperatorServiceGrpc.getListCoordinatorsMethod(), request, observer, (_, _) -> overview.coordinators());
    }

    @Override
    public void getStatistics(GetStatisticsRequest request, StreamObserver<Statistics> observer) {
        router.serve(
                OperatorServiceGrpc.getGetStatisticsMethod(),
                request,
                observer,
                (_, _) -> overview.statistics(request));
    }

    @Override
    public void replayTransaction(GetTransactionRequest request, StreamObserver<ReplayTransactionResponse> observer) {
        router.serve(
                OperatorServiceGrpc.getReplayTransactionMethod(),
                request,
                observer,
                (caller, _) -> transactions.get(request.getGid()).thenApply(snapshot -> replayed(snapshot, caller)));
    }

    private ReplayTransactionResponse replayed(Snapshot snapshot, Caller caller) {
        Replay replay = Replay.of(snapshot.plan(), snapshot.progress());
        ReplayTransactionResponse.Builder response =
                ReplayTransactionResponse.newBuilder().setMatches(replay.matches());
        String difference = replay.firstDifference();
        if (difference != null) {
            response.setFirstDifference(difference);
        }
        for (Progress progress : replay.states()) {
            response.addStates(views.show(snapshot.with(progress), caller));
        }
        return response.build();
    }

    @Override
    public void listAuditEntries(ListAuditEntriesRequest request, StreamObserver<ListAuditEntriesResponse> observer) {
        router.serve(
                OperatorServiceGrpc.getListAuditEntriesMethod(), request, observer, (_, _) -> overview.audit(request));
    }

    @Override
    public void recoverTransactions(
            RecoverTransactionsRequest request, StreamObserver<RecoverTransactionsResponse> observer) {
        router.serve(
                OperatorServiceGrpc.getRecoverTransactionsMethod(),
                request,
                observer,
                (caller, _) -> overview.recover(request, caller));
    }

    @Override
    public void diagnose(DiagnoseRequest request, StreamObserver<Diagnosis> observer) {
        OwnerRouter.here(observer, (_, _) -> overview.diagnose());
    }

    @Override
    public void debugTransaction(DebugTransactionRequest request, StreamObserver<DebugTransactionResponse> observer) {
        OwnerRouter.here(observer, (caller, _) -> overview.debug(request, caller));
    }
}
