package dev.entente.server.api;

import com.google.protobuf.ByteString;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.Plan;
import dev.entente.core.transaction.Refusal;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.DecideApprovalRequest;
import dev.entente.v1.ForceFinishRequest;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.ResolveBranchRequest;
import dev.entente.v1.Transaction;

/** Converts requests of operators to actions. Pure. */
final class OperationTranslation {
    private final int maxPayloadBytes;

    /** Makes an action from the actor, the reason, and the required revision, or 0 for any revision. */
    interface Stating {
        TransactionRequest.Operate of(String actor, String reason, long ifRevision);
    }

    OperationTranslation(int maxPayloadBytes) {
        this.maxPayloadBytes = maxPayloadBytes;
    }

    /** @throws Refusal ENT-001 if the reason cannot be stored */
    static TransactionRequest.Operate of(OperateRequest request, String actor, Stating act) {
        return act.of(actor, Filters.reason(request.getReason()), request.getIfRevision());
    }

    /** @throws Refusal ENT-001 if the reason cannot be stored */
    static TransactionRequest.Abort of(AbortTransactionRequest request, String actor) {
        return new TransactionRequest.Abort(
                Filters.reason(request.getReason()), actor, request.getByOperator(), request.getIfRevision());
    }

    /** @throws Refusal ENT-001 if the reason cannot be stored */
    static TransactionRequest.Operate of(DecideApprovalRequest request, String actor) {
        return new TransactionRequest.DecideApproval(
                request.getBranch(),
                request.getApproved(),
                actor,
                Filters.reason(request.getReason()),
                request.getIfRevision());
    }

    /** @throws Refusal ENT-001 if the request is malformed, ENT-023 if the response is too large */
    TransactionRequest.Resolve of(ResolveBranchRequest request, Plan plan, String actor) {
        int index = plan.indexOf(request.getBranch());
        int second = index >= 0 && request.getOp().equals(Branch.PRE_COMMIT) ? plan.continuationOf(index) : -1;
        boolean isForward =
                index >= 0 && plan.operationName(index, Role.FORWARD).equals(request.getOp());
        Role role =
                second >= 0 || isForward ? Role.FORWARD : TransactionTranslation.role(plan.pattern(), request.getOp());
        if (role == null) {
            throw Filters.malformed(
                    "op",
                    "'" + request.getOp() + "' is not an operation of a " + plan.pattern() + "; use one of: "
                            + TransactionTranslation.operations(plan.pattern()));
        }
        Fact.Truth truth = switch (request.getTruthCase()) {
            case DONE -> Fact.Truth.DONE;
            case NEVER_HAPPENED -> stated(request.getNeverHappened(), "never_happened", Fact.Truth.NEVER_HAPPENED);
            case UNDONE -> stated(request.getUndone(), "undone", Fact.Truth.UNDONE);
            case TRUTH_NOT_SET -> throw Filters.malformed("truth", "set the outcome: done, never_happened or undone");
        };
        if (request.getDone().hasJson()) {
            throw Filters.malformed("done.json", "a response must be bytes; send done.raw");
        }
        refuseLarge(request.getDone().getRaw());
        ByteString response = truth == Fact.Truth.DONE && role == Role.FORWARD
                ? request.getDone().getRaw()
                : null;
        return new TransactionRequest.Resolve(
                second < 0 ? request.getBranch() : plan.branches().get(second).id(),
                role,
                truth,
                response,
                actor,
                Filters.reason(request.getReason()),
                request.getIfRevision());
    }

    /**
     * Refuses the value false, because a set field is a statement: {@code undone: false} would count as undone.
     */
    private static Fact.Truth stated(boolean isSo, String field, Fact.Truth truth) {
        if (!isSo) {
            throw Filters.malformed(
                    field, "false is not a valid outcome; send true, or leave the field out and set another outcome");
        }
        return truth;
    }

    /**
     * Refuses a stated response that exceeds the limit of responses, because stated responses are stored like responses
     * of participants.
     */
    private void refuseLarge(ByteString response) {
        if (response.size() > maxPayloadBytes) {
            throw Refusal.malformed(
                    ErrorCode.TOO_LARGE,
                    "done.raw",
                    "the response has " + response.size() + " bytes, at most " + maxPayloadBytes
                            + " (limits.payload) are allowed");
        }
    }

    /** @throws Refusal ENT-001 if the request is malformed */
    TransactionRequest.ForceFinish of(ForceFinishRequest request, String actor) {
        return new TransactionRequest.ForceFinish(
                end(request.getAs()), actor, Filters.reason(request.getReason()), request.getIfRevision());
    }

    private static TransactionState end(Transaction.State as) {
        return switch (as) {
            case SUCCEEDED -> TransactionState.SUCCEEDED;
            case ABORTED -> TransactionState.ABORTED;
            case STATE_UNSPECIFIED, BEGUN, SCHEDULED, RUNNING, COMPLETING, UNDOING, GIVEN_UP, UNRECOGNIZED ->
                throw Filters.malformed("as", "must be SUCCEEDED or ABORTED");
        };
    }
}
