package dev.entente.server.api;

import dev.entente.server.api.access.Caller;
import dev.entente.server.api.access.SubmitterAccess;
import dev.entente.server.engine.Submission;
import dev.entente.server.engine.Transactions;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.SubmitTransactionsRequest;
import dev.entente.v1.SubmitTransactionsResponse;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.View;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;

/**
 * Accepts complete plans, from unary calls and from streams; both use the same code after arrival. Thread-safe.
 *
 * <p>If another coordinator already owns the transaction, the response comes from the row. During a client's wait
 * neither the request nor the plan is kept, because there may be very many waits, and plans are large.
 */
final class Submits {
    private final Transactions transactions;
    private final PlanValidation plans;
    private final TransactionViews views;
    private final EndWaiters waiting;
    private final OwnerRouter router;
    private final SubmitStreams streams;

    Submits(
            Transactions transactions,
            PlanValidation plans,
            TransactionViews views,
            EndWaiters waiting,
            OwnerRouter router,
            SubmitStreams streams) {
        this.transactions = transactions;
        this.plans = plans;
        this.views = views;
        this.waiting = waiting;
        this.router = router;
        this.streams = streams;
    }

    /** Handles a unary call. During the coordinator's shutdown the request is kept in memory, and forwarded. */
    void one(SubmitTransactionRequest request, StreamObserver<SubmitTransactionResponse> observer) {
        OwnerRouter.Work<SubmitTransactionResponse> work = (caller, presence) -> submit(request, caller, presence);
        if (streams.isClosing()) {
            router.serve(
                    TransactionServiceGrpc.getSubmitTransactionMethod(),
                    request,
                    EndWaiters.bounded(request.getWait()),
                    observer,
                    work);
        } else {
            OwnerRouter.here(observer, work);
        }
    }

    /** Handles a stream. */
    StreamObserver<SubmitTransactionsRequest> many(StreamObserver<SubmitTransactionsResponse> observer) {
        return streams.open(
                observer, (request, caller, presence) -> OwnerRouter.start(() -> submit(request, caller, presence)));
    }

    private CompletableFuture<SubmitTransactionResponse> submit(
            SubmitTransactionRequest request, Caller caller, ClientPresence presence) {
        return plans.submitted(request, caller)
                .thenCompose(checked -> request.getValidateOnly()
                        ? CompletableFuture.completedFuture(validated(checked))
                        : accept(request, checked, caller, presence));
    }

    private CompletableFuture<SubmitTransactionResponse> accept(
            SubmitTransactionRequest request, PlanValidation.Checked checked, Caller caller, ClientPresence presence) {
        boolean rendersJson = request.getRenderJson();
        SubmitTransactionResponse.Builder response =
                SubmitTransactionResponse.newBuilder().addAllWarnings(checked.warnings());
        return waiting.during(
                request.getWait(),
                wait -> transactions
                        .accept(checked.submission())
                        .thenCompose(accepted -> {
                            response.setAlreadyKnown(accepted.isKnown());
                            return waiting.rest(SubmitterAccess.known(accepted.snapshot(), caller), wait, presence);
                        })
                        .thenCompose(snapshot -> views.show(snapshot, View.BASIC, rendersJson, caller))
                        .thenApply(shown -> response.setTransaction(shown).build()));
    }

    /** Returns the transaction that would be accepted. It has no state, because it does not exist. */
    private static SubmitTransactionResponse validated(PlanValidation.Checked checked) {
        Submission submission = checked.submission();
        return SubmitTransactionResponse.newBuilder()
                .setTransaction(Transaction.newBuilder()
                        .setGid(submission.gid())
                        .setName(submission.plan().name())
                        .setPatternValue(submission.plan().pattern().code()))
                .addAllWarnings(checked.warnings())
                .build();
    }
}
