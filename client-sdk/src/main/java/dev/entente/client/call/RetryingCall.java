package dev.entente.client.call;

import dev.entente.wire.ErrorDetails;
import dev.entente.wire.TraceParent;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One call, made again as long as its {@link RetryRule} and its {@link CallDeadline} allow. Cancelling the future
 * cancels the attempt under way.
 *
 * <p>It runs in a fork of the caller's gRPC context: the values come along, its cancellation does not, for what was
 * sent must be seen through; its deadline is in the patience.
 */
public final class RetryingCall<Q, R> {
    /** Supplies the request and the headers of each attempt. */
    public interface Sending<Q> {
        /** The request of the next attempt. */
        Q request();

        /** The headers of the next attempt; its place in the trace among them. */
        Metadata headers();
    }

    /** Makes the exception that the caller gets after the last failed attempt. */
    public interface Failure {
        /**
         * Makes it.
         *
         * @param answer what the last attempt was answered
         * @param history with the last attempt
         */
        RuntimeException of(ErrorDetails answer, Throwable cause, AttemptHistory history);
    }

    private final Transport<Q, R> way;
    private final Sending<Q> sending;
    private final CallDeadline patience;
    private final RetryRule rule;
    private final Failure failure;
    private final Context context = Context.current().fork();
    private final CompletableFuture<R> result = new CompletableFuture<>();
    private volatile Transport.@Nullable Attempt current;
    private volatile AttemptHistory history = AttemptHistory.NONE;

    /**
     * Sends nothing yet.
     *
     * @param way how attempts go out
     * @param rule asked after each failed attempt; of this call alone
     */
    public RetryingCall(
            Transport<Q, R> way, Sending<Q> sending, CallDeadline patience, RetryRule rule, Failure failure) {
        this.way = way;
        this.sending = sending;
        this.patience = patience;
        this.rule = rule;
        this.failure = failure;
    }

    /** Sends what the supplier returns, with the trace as the only header. */
    public static <Q> Sending<Q> sending(Supplier<Q> request, String gid) {
        TraceParent trace = TraceParent.currentOrOf(gid);
        return new Sending<>() {
            @Override
            public Q request() {
                return request.get();
            }

            @Override
            public Metadata headers() {
                Metadata headers = new Metadata();
                headers.put(TraceParent.KEY, trace.child().header());
                return headers;
            }
        };
    }

    /** Makes the first attempt. Does not block. Called once. */
    public CompletableFuture<R> start() {
        CompletableFuture<R> unused = result.whenComplete((response, thrown) -> cancelCurrent());
        attempt();
        return result;
    }

    private void cancelCurrent() {
        Transport.Attempt attempt = current;
        if (result.isCancelled() && attempt != null) {
            attempt.cancel();
        }
    }

    private void attempt() {
        if (result.isDone()) {
            return;
        }
        try {
            context.run(this::send);
        } catch (RuntimeException
                | Error unsendable) { // a token that cannot be had, say; a later attempt has no caller to throw at
            result.completeExceptionally(history.isInDoubt() ? unsent(unsendable) : unsendable);
        }
        if (result.isDone()) {
            cancelCurrent();
        }
    }

    /** An earlier attempt may have been taken. */
    private RuntimeException unsent(Throwable why) {
        Status unknown = Status.UNAVAILABLE.withDescription("it could not be sent again: " + why.getMessage());
        return failure.of(ErrorDetails.of(unknown.asException()), why, history.withoutNext());
    }

    private void send() {
        current = way.send(sending.request(), sending.headers(), patience.nextAttempt(), new Answer());
    }

    /** Retries or gives up. A defect here fails the call, for its caller may wait without bound. */
    private void failed(Throwable thrown, String address, boolean isSent) {
        try {
            againOrOver(thrown, address, isSent);
        } catch (RuntimeException | Error defect) {
            result.completeExceptionally(defect);
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // attempts come one after another
    private void againOrOver(Throwable thrown, String address, boolean isSent) {
        ErrorDetails answer = ErrorDetails.of(thrown);
        history = history.plus(address, isSent, answer, thrown);
        Optional<Duration> next = rule.next(answer);
        if (next.isEmpty() || next.get().compareTo(patience.left()) >= 0) {
            result.completeExceptionally(failure.of(answer, thrown, history));
            return;
        }
        Executor later = CompletableFuture.delayedExecutor(next.get().toNanos(), TimeUnit.NANOSECONDS, Runnable::run);
        later.execute(this::attempt);
    }

    private final class Answer implements Transport.Answer<R> {
        @Override
        public void answered(R response) {
            result.complete(response);
        }

        @Override
        public void failed(Throwable thrown, String address, boolean isSent) {
            RetryingCall.this.failed(thrown, address, isSent);
        }
    }
}
