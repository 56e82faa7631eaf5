package dev.entente.server.api;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import dev.entente.core.decision.TransactionRequest;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.access.Authentication;
import dev.entente.server.api.access.Caller;
import dev.entente.server.api.wire.Errors;
import dev.entente.server.engine.Transactions;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.Error;
import dev.entente.v1.OperateMatchingRequest;
import dev.entente.v1.OperateMatchingResponse;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Applies one action to each transaction that matches a filter, sequentially, on a virtual thread. Thread-safe. */
final class BulkOperations {
    private static final int STANDARD_LIMIT = 100;
    private static final int MAX_LIMIT = 10_000;

    private static final String METHOD =
            OperatorServiceGrpc.getOperateMatchingMethod().getFullMethodName();

    private final Transactions transactions;
    private final Lists lists;
    private final OwnerRouter router;
    private final TransactionViews views;
    private final Blocking blocking;
    private final Authentication authentication;

    BulkOperations(
            Transactions transactions,
            Lists lists,
            OwnerRouter router,
            TransactionViews views,
            Blocking blocking,
            Authentication authentication) {
        this.transactions = transactions;
        this.lists = lists;
        this.router = router;
        this.views = views;
        this.blocking = blocking;
        this.authentication = authentication;
    }

    void operate(OperateMatchingRequest request, Caller caller, StreamObserver<OperateMatchingResponse> observer) {
        ServerCallStreamObserver<OperateMatchingResponse> client =
                (ServerCallStreamObserver<OperateMatchingResponse>) observer;
        client.setOnCancelHandler(() -> {}); // the loop checks isCancelled before each action
        var _ = blocking.<Void>run(() -> {
                    operateEach(request, caller, client);
                    return null;
                })
                .whenComplete((_, thrown) -> {
                    if (thrown == null) {
                        client.onCompleted();
                    } else {
                        client.onError(Errors.of(thrown));
                    }
                });
    }

    private void operateEach(
            OperateMatchingRequest request, Caller caller, ServerCallStreamObserver<OperateMatchingResponse> client) {
        Verb verb = Verb.of(request.getOperation());
        String reason = Filters.reason(request.getReason());
        Lists.Matches matches = matching(request, caller);
        if (matches.gids().isEmpty() && !matches.unanswered().isEmpty()) { // no response could name the coordinators
            throw Refusal.temporary(
                    ErrorCode.OWNER_UNREACHABLE,
                    "no match was found, but transactions may be missing: there is no response from "
                            + String.join(", ", matches.unanswered()) + "; send the request again",
                    Forwarding.LOOK);
        }
        for (String gid : matches.gids()) {
            if (client.isCancelled()) {
                return;
            }
            // The token or its role may become invalid during thousands of actions.
            Caller now = authentication.again(caller, METHOD);
            OperateMatchingResponse.Builder reported = OperateMatchingResponse.newBuilder()
                    .setGid(gid)
                    .setMatched(matches.gids().size())
                    .addAllUnanswered(matches.unanswered());
            if (!request.getValidateOnly()) {
                apply(verb, gid, reason, now, reported);
            }
            client.onNext(reported.build());
        }
    }

    private void apply(Verb verb, String gid, String reason, Caller caller, OperateMatchingResponse.Builder reported) {
        try {
            reported.setUnchanged(operate(verb, gid, reason, caller).join().getUnchanged());
            reported.setApplied(true);
        } catch (CompletionException refused) {
            reported.setError(error(Errors.status(refused)));
        }
    }

    /** Returns whether the filter has no condition: each field has its default value or is an empty message. */
    private static boolean saysNothing(TransactionFilter filter) {
        return filter.getAllFields().values().stream()
                .allMatch(value -> value instanceof Message part && part.equals(part.getDefaultInstanceForType()));
    }

    /** Finds all gids before the first action, because an action may change which transactions match. */
    private Lists.Matches matching(OperateMatchingRequest request, Caller caller) {
        if (request.getLimit() < 0 || request.getLimit() > MAX_LIMIT) {
            throw Filters.malformed("limit", "must be 1 to " + MAX_LIMIT + "; 0 means " + STANDARD_LIMIT);
        }
        int limit = request.getLimit() == 0 ? STANDARD_LIMIT : request.getLimit();
        TransactionFilter filter = request.getFilter();
        if (!filter.getUnknownFields().asMap().isEmpty()) {
            throw Filters.malformed("filter", "has a field that this coordinator does not know");
        }
        if (saysNothing(filter)) {
            throw Filters.malformed("filter", "set a filter; only_open (--open) alone matches all open transactions");
        }
        return lists.open(filter.toBuilder().setOnlyOpen(true).build(), limit, caller)
                .join();
    }

    private CompletableFuture<Transaction> operate(Verb verb, String gid, String reason, Caller caller) {
        String actor = caller.principal();
        return switch (verb) {
            case RETRY ->
                act(
                        OperatorServiceGrpc.getRetryTransactionMethod(),
                        gid,
                        new TransactionRequest.Retry(actor, reason, 0),
                        caller);
            case PARK ->
                act(
                        OperatorServiceGrpc.getParkTransactionMethod(),
                        gid,
                        new TransactionRequest.Park(actor, reason, 0),
                        caller);
            case RESUME ->
                act(
                        OperatorServiceGrpc.getResumeTransactionMethod(),
                        gid,
                        new TransactionRequest.Resume(actor, reason, 0),
                        caller);
            case ABORT -> {
                var abort = AbortTransactionRequest.newBuilder().setGid(gid).setReason(reason);
                var method = TransactionServiceGrpc.getAbortTransactionMethod();
                yield act(method, abort.build(), gid, new TransactionRequest.Abort(reason, actor, true, 0), caller);
            }
        };
    }

    private CompletableFuture<Transaction> act(
            MethodDescriptor<OperateRequest, Transaction> method,
            String gid,
            TransactionRequest.Operate act,
            Caller caller) {
        var request = OperateRequest.newBuilder().setGid(gid).setReason(act.reason());
        return act(method, request.build(), gid, act, caller);
    }

    private <Q> CompletableFuture<Transaction> act(
            MethodDescriptor<Q, Transaction> method, Q request, String gid, TransactionRequest act, Caller caller) {
        return router.local(
                method,
                request,
                Duration.ZERO,
                caller,
                () -> transactions.act(gid, act, caller.origin()).thenApply(snapshot -> views.show(snapshot, caller)));
    }

    /** The actions that are possible on many transactions at once. */
    private enum Verb {
        RETRY,
        PARK,
        RESUME,
        ABORT;

        static Verb of(String act) {
            for (Verb verb : values()) {
                if (verb.name().equalsIgnoreCase(act)) {
                    return verb;
                }
            }
            throw Filters.malformed(
                    "operation", "'" + act + "' is not a valid bulk operation; use retry, park, resume or abort");
        }
    }

    static Error error(Status refused) {
        Error.Builder error = Error.newBuilder().setGrpcCode(refused.getCode()).setMessage(refused.getMessage());
        try {
            for (Any detail : refused.getDetailsList()) {
                if (detail.is(ErrorInfo.class)) {
                    error.setCode(detail.unpack(ErrorInfo.class).getReason());
                } else if (detail.is(RetryInfo.class)) {
                    error.setRetryAfter(detail.unpack(RetryInfo.class).getRetryDelay());
                }
            }
            return error.build();
        } catch (InvalidProtocolBufferException damaged) {
            return error.build();
        }
    }
}
