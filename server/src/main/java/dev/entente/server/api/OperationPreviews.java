package dev.entente.server.api;

import com.google.rpc.Status;
import dev.entente.core.decision.Effect;
import dev.entente.core.decision.Preview;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Role;
import dev.entente.server.api.access.Caller;
import dev.entente.server.api.access.SubmitterAccess;
import dev.entente.server.api.wire.Errors;
import dev.entente.server.codec.wording.PreviewSentence;
import dev.entente.server.codec.wording.TextCatalog;
import dev.entente.server.engine.Transactions;
import dev.entente.server.engine.Transactions.Previewed;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.OperationPreview;
import dev.entente.v1.PreviewActRequest;
import dev.entente.v1.ResolveBranchRequest;
import dev.entente.wire.Times;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;

/** Previews the effects of operator actions, from the requests of these actions. Thread-safe; does not block. */
final class OperationPreviews {
    private final Transactions transactions;
    private final TransactionViews views;
    private final OperationTranslation stated;

    OperationPreviews(Transactions transactions, TransactionViews views, OperationTranslation stated) {
        this.transactions = transactions;
        this.views = views;
        this.stated = stated;
    }

    CompletableFuture<OperationPreview> preview(PreviewActRequest request, Caller caller) {
        return switch (request.getOperationCase()) {
            case RETRY -> preview(request.getRetry(), TransactionRequest.Retry::new, caller);
            case PARK -> preview(request.getPark(), TransactionRequest.Park::new, caller);
            case RESUME -> preview(request.getResume(), TransactionRequest.Resume::new, caller);
            case SKIP -> preview(request.getSkip(), TransactionRequest.Skip::new, caller);
            case ABORT -> abort(request.getAbort(), caller);
            case DECIDE_APPROVAL -> {
                var decision = request.getDecideApproval();
                yield preview(decision.getGid(), OperationTranslation.of(decision, caller.principal()), caller);
            }
            case RESOLVE -> resolve(request.getResolve(), caller);
            case FORCE_FINISH -> {
                var end = request.getForceFinish();
                yield preview(end.getGid(), stated.of(end, caller.principal()), caller);
            }
            case OPERATION_NOT_SET ->
                throw Filters.malformed(
                        "operation",
                        "set an operation: retry, park, resume, skip, abort, decide_approval, resolve or force_finish");
        };
    }

    private CompletableFuture<OperationPreview> preview(
            OperateRequest request, OperationTranslation.Stating act, Caller caller) {
        return preview(request.getGid(), OperationTranslation.of(request, caller.principal(), act), caller);
    }

    private CompletableFuture<OperationPreview> abort(AbortTransactionRequest request, Caller caller) {
        String gid = request.getGid();
        return SubmitterAccess.abort(transactions, gid, caller, OperationTranslation.of(request, caller.principal()))
                .thenCompose(act -> preview(gid, act, caller));
    }

    private CompletableFuture<OperationPreview> resolve(ResolveBranchRequest request, Caller caller) {
        return transactions
                .get(request.getGid())
                .thenCompose(
                        seen -> preview(request.getGid(), stated.of(request, seen.plan(), caller.principal()), caller));
    }

    private CompletableFuture<OperationPreview> preview(String gid, TransactionRequest act, Caller caller) {
        return transactions.preview(gid, act).thenApply(previewed -> shown(previewed, caller));
    }

    private OperationPreview shown(Previewed previewed, Caller caller) {
        Preview found = previewed.found();
        Plan plan = previewed.after().plan();
        OperationPreview.Builder shown = OperationPreview.newBuilder()
                .setGid(previewed.before().gid())
                .setRevision(found.revision())
                .setFence(previewed.before().fence())
                .setBefore(views.show(previewed.before(), caller))
                .setAfter(views.show(previewed.after(), caller))
                .setDeferred(found.isPutOff())
                .setUnchanged(found.isIdle())
                .setBehindAnotherOperation(previewed.isBehind())
                .setAwaitsInFlight(previewed.after().progress().hasCallInFlight());
        for (Preview.Sent sent : found.inFlight()) {
            var call = call(plan, sent.branch(), sent.role(), sent.attempt());
            if (sent.until() != null) {
                call.setOverBy(Times.proto(sent.until()));
            }
            shown.addInFlight(call);
        }
        for (Effect.Call call : found.calls()) {
            shown.addCalls(call(plan, call.branch(), call.role(), call.attempt()));
        }
        for (int branch : found.positionChecks()) {
            int attempt = previewed.after().progress().branch(branch).attempts() + 1;
            shown.addCalls(call(plan, branch, Role.FORWARD, attempt).setIfFirstInQueue(true));
        }
        Instant next = previewed.nextAt();
        if (next != null) {
            shown.setNextTime(Times.proto(next));
        }
        if (found.refused() != null) {
            Status refused = Errors.status(found.refused());
            shown.setRefused(BulkOperations.error(refused));
        }
        return shown.setSummary(PreviewSentence.of(shown.build(), TextCatalog.ENGLISH))
                .build();
    }

    private static OperationPreview.Call.Builder call(Plan plan, int branch, Role role, int attempt) {
        OperationPreview.Call.Builder call = OperationPreview.Call.newBuilder()
                .setBranch(plan.branches().get(branch).shownId())
                .setOp(plan.operationName(branch, role))
                .setAttempt(attempt);
        Operation operation = plan.branches().get(branch).operation(role);
        if (operation != null) {
            call.setParticipant(operation.target().participant())
                    .setTarget(operation.target().text());
        }
        return call;
    }
}
