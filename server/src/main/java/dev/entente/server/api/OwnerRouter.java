package dev.entente.server.api;

import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.access.Caller;
import dev.entente.server.api.wire.Errors;
import dev.entente.server.engine.OwnedElsewhere;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/**
 * Handles requests here, or at the coordinator that owns the transaction. During the shutdown of this coordinator any
 * other coordinator handles them, without an error for clients that are still connected. Thread-safe; does not block.
 */
final class OwnerRouter {
    private final Forwarding forwarding;

    OwnerRouter(Forwarding forwarding) {
        this.forwarding = forwarding;
    }

    /** The work for one request. May throw instead of failing its future. */
    interface Work<R> {
        CompletableFuture<R> start(Caller caller, ClientPresence presence);
    }

    /**
     * Does the work and responds. After {@link OwnedElsewhere} the request is forwarded once to the owner, and after
     * ENT-051 once to another coordinator.
     *
     * @param wait how long the request itself may wait
     */
    <Q, R> void serve(
            MethodDescriptor<Q, R> method, Q request, Duration wait, StreamObserver<R> observer, Work<R> work) {
        here(observer, (caller, presence) -> local(method, request, wait, caller, () -> work.start(caller, presence)));
    }

    /** Handles a request without a wait. */
    <Q, R> void serve(MethodDescriptor<Q, R> method, Q request, StreamObserver<R> observer, Work<R> work) {
        serve(method, request, Duration.ZERO, observer, work);
    }

    /**
     * Does the work and responds without forwarding. The request does not stay in memory until the response. Call on
     * the call's own thread, before the service's method returns.
     */
    static <R> void here(StreamObserver<R> observer, Work<R> work) {
        Caller caller = Caller.current();
        ClientPresence presence = new ClientPresence();
        ((ServerCallStreamObserver<R>) observer).setOnCancelHandler(presence::end);
        var _ = start(() -> work.start(caller, presence)).whenComplete((answered, thrown) -> {
            if (thrown == null) {
                observer.onNext(answered);
                observer.onCompleted();
            } else {
                observer.onError(Errors.of(thrown));
            }
        });
    }

    /**
     * Does the work for a caller inside this process.
     *
     * @param method the method of the forwarded request
     */
    <Q, R> CompletableFuture<R> local(
            MethodDescriptor<Q, R> method,
            Q request,
            Duration wait,
            Caller caller,
            Supplier<CompletableFuture<R>> work) {
        Deadline client = Context.current().getDeadline();
        return start(work).exceptionallyCompose(thrown -> switch (Errors.unwrap(thrown)) {
            case OwnedElsewhere held
            when !caller.isForwarded() ->
                forwarding.ask(held.owner(), method, request, caller, Forwarding.within(wait, client));
            case Refusal going
            when going.code() == ErrorCode.DRAINING && !caller.isForwarded() ->
                forwarding.askAnother(going, method, request, caller, Forwarding.within(wait, client));
            default -> CompletableFuture.failedFuture(thrown);
        });
    }

    /** Returns the work's future, or a failed future if the work throws. */
    static <R> CompletableFuture<R> start(Supplier<CompletableFuture<R>> work) {
        try {
            return work.get();
        } catch (RuntimeException | Error refused) { // the caller receives a failed future
            return CompletableFuture.failedFuture(refused);
        }
    }
}
