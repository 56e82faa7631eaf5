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
 * One call, made again as long as its {@link RetryRule} and its {@link CallDeadline} allow. Cancelling the future
 * cancels the attempt under way.
 *
 * <p>It runs in a fork of the caller's gRPC context: the values come along, its cancellation does not, for what was
 * sent must be seen through; its deadline is in the patience.
 */
public final class RetryingCall<Q, R> implements Transport.Answer<R> {
    private final Transport<Q, R> way;
    private final Supplier<Q> request;
    private final IntFunction<Metadata> headers;
    private final CallDeadline patience;
    private final RetryRule rule;
    private final Context context = Context.current().fork();
    private final CompletableFuture<R> result = new CompletableFuture<>();
    private volatile Transport.@Nullable Attempt current;
    private volatile int attempts;
    /** Whether what became of an attempt is unknown, for it may have left and no coordinator answered it. */
    private volatile boolean isInDoubt;

    /**
     * Sends nothing yet.
     *
     * @param way how attempts go out
     * @param request supplies the request of each attempt
     * @param headers makes the headers of each attempt from its number, its place in the trace among them
     * @param rule asked after each failed attempt; of this call alone
     */
    public RetryingCall(
            Transport<Q, R> way,
            Supplier<Q> request,
            IntFunction<Metadata> headers,
            CallDeadline patience,
            RetryRule rule) {
        this.way = way;
        this.request = request;
        this.headers = headers;
        this.patience = patience;
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
                | Error unsendable) { // a token that cannot be had, say; a later attempt has no caller to throw at
            result.completeExceptionally(isInDoubt ? unsent(unsendable) : unsendable);
        }
        if (result.isDone()) {
            cancelCurrent();
        }
    }

    /** An earlier attempt may have been taken. */
    private RuntimeException unsent(Throwable why) {
        Status unknown = Status.UNAVAILABLE.withDescription("it could not be sent again: " + why.getMessage());
        return rule.failure(ErrorDetails.of(unknown.asException()), why, true);
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // attempts come one after another
    private void send() {
        attempts++;
        current = way.send(request.get(), headers.apply(attempts), patience.nextAttempt(), this);
    }

    @Override
    public void answered(R response) {
        result.complete(response);
    }

    /** Retries or gives up. A defect here fails the call, for its caller may wait without bound. */
    @Override
    public void failed(Throwable thrown, String address, boolean isSent) {
        try {
            againOrOver(thrown, address, isSent);
        } catch (RuntimeException | Error defect) {
            result.completeExceptionally(defect);
        }
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // attempts come one after another
    private void againOrOver(Throwable thrown, String address, boolean isSent) {
        ErrorDetails answer = ErrorDetails.of(thrown);
        Optional<Duration> next = rule.next(answer, thrown, address, isSent);
        if (next.isEmpty() || next.get().compareTo(patience.left()) >= 0) {
            result.completeExceptionally(rule.failure(answer, thrown, isInDoubt));
            return;
        }
        isInDoubt |= isSent && !answer.isFromEntente();
        Executor later = CompletableFuture.delayedExecutor(next.get().toNanos(), TimeUnit.NANOSECONDS, Runnable::run);
        later.execute(this::attempt);
    }
}
