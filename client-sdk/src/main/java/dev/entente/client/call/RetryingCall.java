package dev.entente.client.call;

import dev.entente.wire.ErrorDetails;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One call, retried as long as its {@link RetryRule} and its {@link CallDeadline} allow. Cancelling the future cancels
 * the current attempt.
 *
 * <p>The call runs in a fork of the caller's gRPC context. The fork has the context's values, but not its cancellation,
 * because a sent call must be completed. The context's deadline is part of the {@link CallDeadline}.
 */
public final class RetryingCall<Q, R> implements Transport.Completion<R> {
    private final Transport<Q, R> transport;
    private final Supplier<Q> request;
    private final IntFunction<Metadata> headers;
    private final CallDeadline callDeadline;
    private final RetryRule rule;
    private final Context context = Context.current().fork();
    private final CompletableFuture<R> result = new CompletableFuture<>();
    private volatile Transport.@Nullable Attempt current;
    private volatile int attempts;
    /** True after an attempt with an unknown outcome: it may have been sent, and no coordinator has responded. */
    private volatile boolean isInDoubt;

    /**
     * Prepares a call and sends nothing.
     *
     * @param transport sends the attempts
     * @param request supplies the request of each attempt
     * @param headers makes the headers of each attempt from its number, including its position in the trace
     * @param rule decides after each failed attempt; used by this call only
     */
    public RetryingCall(
            Transport<Q, R> transport,
            Supplier<Q> request,
            IntFunction<Metadata> headers,
            CallDeadline callDeadline,
            RetryRule rule) {
        this.transport = transport;
        this.request = request;
        this.headers = headers;
        this.callDeadline = callDeadline;
        this.rule = rule;
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
                | Error unsendable) { // for example, a missing token; a later attempt has no caller for the exception
            result.completeExceptionally(isInDoubt ? unsent(unsendable) : unsendable);
        }
        if (result.isDone()) {
            cancelCurrent();
        }
    }

    /** Returns the exception for a retry that could not be sent; an earlier attempt may have been accepted. */
    private RuntimeException unsent(Throwable why) {
        Status unknown = Status.UNAVAILABLE.withDescription("the call could not be sent again: " + why.getMessage());
        return rule.failure(ErrorDetails.of(unknown.asException()), why, true);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // attempts run one after another
    private void send() {
        attempts++;
        current = transport.send(request.get(), headers.apply(attempts), callDeadline.nextAttempt(), this);
    }

    @Override
    public void answered(R response) {
        result.complete(response);
    }

    /** Retries or gives up. A defect here fails the call, because its caller would otherwise wait forever. */
    @Override
    public void failed(Throwable thrown, String address, boolean isSent) {
        try {
            againOrOver(thrown, address, isSent);
        } catch (RuntimeException | Error defect) {
            result.completeExceptionally(defect);
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // attempts run one after another
    private void againOrOver(Throwable thrown, String address, boolean isSent) {
        ErrorDetails answer = ErrorDetails.of(thrown);
        Optional<Duration> next = rule.next(answer, thrown, address, isSent);
        if (next.isEmpty() || next.get().compareTo(callDeadline.left()) >= 0) {
            result.completeExceptionally(rule.failure(answer, thrown, isInDoubt));
            return;
        }
        isInDoubt |= isSent && !answer.isFromEntente();
        Executor later = CompletableFuture.delayedExecutor(next.get().toNanos(), TimeUnit.NANOSECONDS, Runnable::run);
        later.execute(this::attempt);
    }
}
