package dev.entente.server.api;

import dev.entente.server.engine.HeldElsewhere;
import io.grpc.MethodDescriptor;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

/** Answers requests: from here, or from the coordinator that holds the transaction. Thread-safe; nothing blocks. */
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
     * Does the work and answers; where it ends in {@link HeldElsewhere}, asks there once.
     *
     * @param wait how long the request may wait by its own wish
     */
    <Q, R> void serve(
            MethodDescriptor<Q, R> method, Q request, Duration wait, StreamObserver<R> observer, Work<R> work) {
        here(observer, (caller, interest) -> local(method, request, wait, caller, () -> work.start(caller, interest)));
    }

    /** Does the work and answers, whoever holds the transaction. Nothing here keeps the request until the answer. */
    static <R> void here(StreamObserver<R> observer, Work<R> work) {
        Caller caller = Caller.current();
        Client<R> client = new Client<>(observer);
        var _ = start(() -> work.start(caller, client.interest())).whenComplete((answered, thrown) -> {
            if (thrown == null) {
                client.answer(answered);
            } else {
                client.refuse(thrown);
            }
        });
    }

    /**
     * The same for callers that are no RPC of their own.
     *
     * @param method as which the request is passed on
     */
    <Q, R> CompletableFuture<R> local(
            MethodDescriptor<Q, R> method,
            Q request,
            Duration wait,
            Caller caller,
            Supplier<CompletableFuture<R>> work) {
        return elsewhere(start(work), caller, owner -> forwarding.ask(owner, method, request, caller, wait));
    }

    /** The work's future, failed where the work throws. */
    static <R> CompletableFuture<R> start(Supplier<CompletableFuture<R>> work) {
        try {
            return work.get();
        } catch (RuntimeException refused) {
            return CompletableFuture.failedFuture(refused);
        }
    }

    private static <R> CompletableFuture<R> elsewhere(
            CompletableFuture<R> answer, Caller caller, Function<Long, CompletableFuture<R>> ask) {
        return answer.exceptionallyCompose(
                thrown -> Errors.unwrap(thrown) instanceof HeldElsewhere held && !caller.isForwarded()
                        ? ask.apply(held.owner())
                        : CompletableFuture.failedFuture(thrown));
    }
}
