package dev.entente.server.api;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.access.Caller;
import dev.entente.server.api.wire.Errors;
import dev.entente.server.engine.HeldElsewhere;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Answers requests from here, or from the coordinator that holds the transaction. While this one shuts down, any other
 * answers, so that clients which have not gone elsewhere yet need not notice. Thread-safe; nothing blocks.
 */
final class Relay {
    private final Forwarding forwarding;

    Relay(Forwarding forwarding) {
        this.forwarding = forwarding;
    }

    /** The work for one request. It may throw instead of failing its future. */
    interface Work<R> {
        CompletableFuture<R> start(Caller caller, Interest interest);
    }

    /**
     * Does the work and answers; where it ends in {@link HeldElsewhere}, asks there once, and where it ends in ENT-051,
     * asks another once.
     *
     * @param wait how long the request may wait by its own wish
     */
    <Q, R> void serve(
            MethodDescriptor<Q, R> method, Q request, Duration wait, StreamObserver<R> observer, Work<R> work) {
        here(observer, (caller, interest) -> local(method, request, wait, caller, () -> work.start(caller, interest)));
    }

    /** Serves a request that asks for no wait. */
    <Q, R> void serve(MethodDescriptor<Q, R> method, Q request, StreamObserver<R> observer, Work<R> work) {
        serve(method, request, Duration.ZERO, observer, work);
    }

    /**
     * Does the work and answers, whoever holds the transaction. Nothing here keeps the request until the answer. To be
     * called on the call's own thread, before the service's method returns.
     */
    static <R> void here(StreamObserver<R> observer, Work<R> work) {
        Caller caller = Caller.current();
        Interest interest = new Interest();
        ((ServerCallStreamObserver<R>) observer).setOnCancelHandler(interest::end);
        var _ = start(() -> work.start(caller, interest)).whenComplete((answered, thrown) -> {
            if (thrown == null) {
                observer.onNext(answered);
                observer.onCompleted();
            } else {
                observer.onError(Errors.of(thrown));
            }
        });
    }

    /**
     * Does the work of a caller that is no RPC of its own.
     *
     * @param method as which the request is passed on
     */
    <Q, R> CompletableFuture<R> local(
            MethodDescriptor<Q, R> method,
            Q request,
            Duration wait,
            Caller caller,
            Supplier<CompletableFuture<R>> work) {
        Deadline client = Context.current().getDeadline();
        return start(work).exceptionallyCompose(thrown -> switch (Errors.unwrap(thrown)) {
            case HeldElsewhere held
            when !caller.isForwarded() ->
                forwarding.ask(held.owner(), method, request, caller, Forwarding.within(wait, client));
            case Refusal going
            when going.code() == ErrorCode.DRAINING && !caller.isForwarded() ->
                forwarding.askAnother(going, method, request, caller, Forwarding.within(wait, client));
            default -> CompletableFuture.failedFuture(thrown);
        });
    }

    /** The work's future, failed where the work throws. */
    static <R> CompletableFuture<R> start(Supplier<CompletableFuture<R>> work) {
        try {
            return work.get();
        } catch (RuntimeException | Error refused) { // told to the caller like a failed future
            return CompletableFuture.failedFuture(refused);
        }
    }
}
