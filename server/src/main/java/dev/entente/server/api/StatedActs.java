package dev.entente.server.api;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.entente.server.decision.Act;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.store.Confirmation;
import dev.entente.server.store.admin.ActRequests.Asked;
import dev.entente.server.store.admin.ActRequests.Open;
import dev.entente.server.transaction.Branch;
import dev.entente.server.transaction.ErrorCode;
import dev.entente.server.transaction.Fact;
import dev.entente.server.transaction.Plan;
import dev.entente.server.transaction.Refusal;
import dev.entente.server.transaction.Role;
import dev.entente.server.transaction.TransactionState;
import dev.entente.v1.ActRequest;
import dev.entente.v1.ForceFinishRequest;
import dev.entente.v1.RecoverTransactionsRequest;
import dev.entente.v1.ResolveBranchRequest;
import dev.entente.v1.Transaction;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Translates acts that end or decide something by an operator's word, fresh or stored as requests. Pure. */
final class StatedActs {
    private final int maxPayloadBytes;

    StatedActs(int maxPayloadBytes) {
        this.maxPayloadBytes = maxPayloadBytes;
    }

    /** @throws Refusal ENT-001 where it is malformed, ENT-023 where the response is too large */
    Act.Resolve of(ResolveBranchRequest request, Plan plan, String actor) {
        boolean isPreCommit = request.getOp().equals(Branch.PRE_COMMIT);
        int index = isPreCommit ? plan.indexOf(request.getBranch()) : -1;
        int second = index < 0 ? -1 : plan.continuationOf(index);
        Role role = second >= 0 ? Role.FORWARD : TransactionTranslation.role(plan.pattern(), request.getOp());
        if (role == null) {
            throw Filters.malformed(
                    "op",
                    "'" + request.getOp() + "' is no operation of a " + plan.pattern() + "; use one of: "
                            + TransactionTranslation.operations(plan.pattern()));
        }
        Fact.Truth truth = switch (request.getTruthCase()) {
            case DONE -> Fact.Truth.DONE;
            case NEVER_HAPPENED -> Fact.Truth.NEVER_HAPPENED;
            case UNDONE -> Fact.Truth.UNDONE;
            case TRUTH_NOT_SET -> throw Filters.malformed("truth", "say what happened: done, never_happened or undone");
        };
        if (request.getDone().hasJson()) {
            throw Filters.malformed("done.json", "a response is given as bytes; send done.raw");
        }
        refuseLarge(request.getDone().getRaw());
        ByteString response = truth == Fact.Truth.DONE && role == Role.FORWARD
                ? request.getDone().getRaw()
                : null;
        return new Act.Resolve(
                second < 0 ? request.getBranch() : plan.branches().get(second).id(),
                role,
                truth,
                response,
                actor,
                Filters.reason(request.getReason()),
                0);
    }

    /** Refuses a stated response beyond the limit of responses, for it is stored like one. */
    private void refuseLarge(ByteString response) {
        if (response.size() > maxPayloadBytes) {
            throw Refusal.malformed(List.of(new Refusal.Violation(
                    ErrorCode.TOO_LARGE,
                    "done.raw",
                    "the response has " + response.size() + " bytes, at most " + maxPayloadBytes
                            + " (limits.payload) are kept")));
        }
    }

    /** @throws Refusal ENT-001 where it is malformed */
    Act.ForceFinish of(ForceFinishRequest request, String actor) {
        return new Act.ForceFinish(end(request.getAs()), actor, Filters.reason(request.getReason()), 0);
    }

    private static TransactionState end(Transaction.State as) {
        return switch (as) {
            case SUCCEEDED -> TransactionState.SUCCEEDED;
            case ABORTED -> TransactionState.ABORTED;
            case STATE_UNSPECIFIED, BEGUN, SCHEDULED, RUNNING, COMPLETING, UNDOING, GIVEN_UP, UNRECOGNIZED ->
                throw Filters.malformed("as", "must be SUCCEEDED or ABORTED");
        };
    }

    // ---- stored as requests

    /**
     * Makes the act of a request, which is of whoever asked, and holds at the revision that was seen.
     *
     * @param now the transaction as it stands; only asked for where the act depends on its plan
     */
    CompletableFuture<Act.Operate> of(Asked asked, Confirmation by, Supplier<CompletableFuture<Snapshot>> now) {
        long revision = Long.parseLong(asked.seen());
        String reason = reason(asked, by);
        ActRequest request = stated(asked).build();
        return switch (request.getAskedCase()) {
            case FORCE_FINISH -> {
                Act.ForceFinish act = of(request.getForceFinish(), asked.actor());
                yield CompletableFuture.completedFuture(new Act.ForceFinish(act.as(), act.actor(), reason, revision));
            }
            case RESOLVE ->
                now.get().thenApply(snapshot -> {
                    Act.Resolve act = of(request.getResolve(), snapshot.plan(), asked.actor());
                    return new Act.Resolve(
                            act.branch(), act.role(), act.truth(), act.response(), act.actor(), reason, revision);
                });
            case RECOVER, ASKED_NOT_SET -> throw unknown(asked);
        };
    }

    /** Returns the reason of the act as its audit entry and history have it: both persons stand in it. */
    static String reason(Asked asked, Confirmation by) {
        String how = "request " + by.request() + ", confirmed by " + by.actor();
        return asked.reason().isEmpty() ? how : asked.reason() + " (" + how + ")";
    }

    /** Tells whether both want the same, whatever their reasons. */
    static boolean isSame(Asked one, Asked other) {
        return withoutReason(one).equals(withoutReason(other));
    }

    private static ActRequest withoutReason(Asked asked) {
        ActRequest.Builder stated = stated(asked);
        switch (stated.getAskedCase()) {
            case FORCE_FINISH -> stated.getForceFinishBuilder().clearReason();
            case RESOLVE -> stated.getResolveBuilder().clearReason();
            case RECOVER -> stated.getRecoverBuilder().clearReason();
            case ASKED_NOT_SET -> {}
        }
        return stated.build();
    }

    /** @param hasPayload whether a stated response is shown */
    static ActRequest shown(Open open, boolean hasPayload) {
        Asked asked = open.asked();
        ActRequest.Builder shown = stated(asked)
                .setId(open.id())
                .setAct(asked.act())
                .setGid(asked.gid())
                .setActor(asked.actor())
                .setReason(asked.reason())
                .setTime(TransactionTranslation.timestamp(open.askedAt()))
                .setUntil(TransactionTranslation.timestamp(open.until()));
        if (!asked.gid().isEmpty()) {
            shown.setRevision(Long.parseLong(asked.seen()));
        }
        if (!hasPayload && shown.getResolve().hasDone()) {
            shown.getResolveBuilder().getDoneBuilder().clearRaw();
        }
        return shown.build();
    }

    private static ActRequest.Builder stated(Asked asked) {
        ActRequest.Builder stated = ActRequest.newBuilder();
        try {
            return switch (asked.act()) {
                case "force-finish" -> stated.setForceFinish(ForceFinishRequest.parseFrom(asked.arguments()));
                case "resolve" -> stated.setResolve(ResolveBranchRequest.parseFrom(asked.arguments()));
                case OperatorView.RECOVER -> stated.setRecover(RecoverTransactionsRequest.parseFrom(asked.arguments()));
                default -> stated;
            };
        } catch (InvalidProtocolBufferException damaged) {
            return stated;
        }
    }

    private static Refusal unknown(Asked asked) {
        return Act.impossible("this coordinator cannot read the request of '" + asked.actor() + "' for " + asked.act()
                + "; withdraw it, or ask a newer coordinator");
    }
}
