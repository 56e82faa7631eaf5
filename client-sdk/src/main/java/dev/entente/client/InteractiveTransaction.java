package dev.entente.client;

import com.google.protobuf.ByteString;
import dev.entente.client.call.Causes;
import dev.entente.v1.CommitTransactionRequest;
import dev.entente.v1.Plan;
import dev.entente.v1.Transaction;
import dev.entente.wire.Times;
import io.grpc.Context;
import io.grpc.Deadline;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** One interactive TCC transaction from Begin to its decision. For one thread; its scope is thread-safe. */
final class InteractiveTransaction {
    private final CoordinatorClient coordinator;
    private final TrySession session;
    private final Tries tries;

    private InteractiveTransaction(CoordinatorClient coordinator, TrySession session) {
        this.coordinator = coordinator;
        this.session = session;
        this.tries = new Tries(session.gid());
    }

    /** Completes when the transaction is durable. */
    static CompletableFuture<InteractiveTransaction> begin(
            CoordinatorClient coordinator,
            Plan plan,
            Instant firstAttempt,
            @Nullable Duration timeout,
            @Nullable Retry retry) {
        long started = System.nanoTime();
        return coordinator
                .begin(plan, firstAttempt)
                .thenApply(begun -> of(coordinator, begun, started, timeout, retry));
    }

    private static InteractiveTransaction of(
            CoordinatorClient coordinator,
            Transaction begun,
            long started,
            @Nullable Duration timeout,
            @Nullable Retry retry) {
        refuseUsed(begun);
        Instant created = Times.instant(begun.getCreateTime());
        TrySession session =
                new TrySession(coordinator, begun.getGid(), created, deadline(begun, started), timeout, retry, "");
        return new InteractiveTransaction(coordinator, session);
    }

    private static void refuseUsed(Transaction begun) {
        if (begun.getState() != Transaction.State.BEGUN) {
            throw TransactionRefused.of(
                    "ENT-040",
                    begun.getGid(),
                    "transaction '" + begun.getGid() + "' was begun before and is " + begun.getState()
                            + "; read its final state, or begin under another gid");
        }
    }

    /**
     * Takes the length from the coordinator's clock and the start from this process's clock, so clocks are never
     * compared.
     */
    private static @Nullable Deadline deadline(Transaction begun, long started) {
        if (!begun.hasDeadlineTime()) {
            return null;
        }
        Duration life = Duration.between(Times.instant(begun.getCreateTime()), Times.instant(begun.getDeadlineTime()));
        return Deadline.after(life.toNanos() - (System.nanoTime() - started), TimeUnit.NANOSECONDS);
    }

    /** Runs the body and commits. Blocks. */
    <T, X extends Exception> T execute(Tcc.Body<T, X> body) throws X {
        T result;
        try {
            result = body.run(scope());
        } catch (Throwable thrown) { // an Error also aborts the transaction, and propagates
            tries.ended().join(); // also if the thread is interrupted
            abort(thrown).join();
            throw thrown;
        }
        tries.ended().join();
        boolean isGone =
                Context.current().isCancelled() || Thread.currentThread().isInterrupted();
        TransactionAborted loss = loss(isGone);
        if (loss != null) {
            abort(loss).join();
            throw loss;
        }
        try {
            decided(BlockingWait.await(coordinator.commit(decision()), session.gid()));
        } catch (EntenteException failed) {
            throw uncommitted(failed);
        }
        return result;
    }

    /**
     * Runs the body and decides, without a blocked thread. Cancelling the result or the caller's context aborts the
     * transaction, until Commit is sent.
     */
    static <T> CompletableFuture<T> execute(
            CoordinatorClient coordinator, CompletableFuture<InteractiveTransaction> begun, Tcc.AsyncBody<T> body) {
        Context context = Context.current();
        CompletableFuture<T> result = new CompletableFuture<>();
        CompletableFuture<T> ended = coordinator
                .handedOver(begun)
                .thenCompose(transaction -> endOrCancelled(transaction.started(body, context), context, result)
                        .handle((value, thrown) ->
                                transaction.decided(value, thrown, () -> context.isCancelled() || result.isCancelled()))
                        .thenCompose(decision -> decision));
        CompletableFuture<T> unused = coordinator.handedOver(ended).whenComplete((value, thrown) -> {
            if (thrown == null) {
                result.complete(value);
            } else {
                result.completeExceptionally(Causes.unwrap(thrown));
            }
        });
        return result;
    }

    private <T> CompletionStage<T> started(Tcc.AsyncBody<T> body, Context context) {
        try {
            return Objects.requireNonNull(context.call(() -> body.run(scope())), "the body returned null, not a stage");
        } catch (Throwable thrown) { // an Error also aborts the transaction; the result passes it to the caller
            return CompletableFuture.failedFuture(thrown);
        }
    }

    /**
     * Completes when the body completes, or when the result or the context is cancelled. The body may then continue.
     */
    private static <T> CompletionStage<T> endOrCancelled(
            CompletionStage<T> body, Context context, CompletableFuture<T> result) {
        CompletableFuture<T> end = new CompletableFuture<>();
        CompletionStage<T> unused = body.whenComplete((value, thrown) -> {
            if (thrown == null) {
                end.complete(value);
            } else {
                end.completeExceptionally(thrown);
            }
        });
        CompletableFuture<T> unusedToo = result.whenComplete((value, thrown) -> end.complete(null));
        Context.CancellationListener gone = cancelled -> end.complete(null);
        context.addListener(gone, Runnable::run);
        return end.whenComplete((value, thrown) -> context.removeListener(gone));
    }

    /** Decides when all tries have ended. */
    private <T> CompletableFuture<T> decided(@Nullable T value, @Nullable Throwable thrown, BooleanSupplier isGone) {
        return tries.ended().thenCompose(ended -> {
            Throwable why = thrown == null ? loss(isGone.getAsBoolean()) : Causes.unwrap(thrown);
            return why == null
                    ? commit().thenApply(committed -> value)
                    : abort(why).thenCompose(aborted -> CompletableFuture.failedFuture(why));
        });
    }

    private TccScope scope() {
        return new TccScope(session, tries, "", null);
    }

    /**
     * Commits with the successful tries. After this point the client must not abort, because only the coordinator knows
     * whether Commit has arrived.
     */
    private CompletableFuture<Void> commit() {
        return coordinator.commit(decision()).handle((decided, thrown) -> {
            if (thrown == null) {
                decided(decided);
                return null;
            }
            Throwable cause = Causes.unwrap(thrown);
            throw cause instanceof EntenteException known ? uncommitted(known) : new CompletionException(cause);
        });
    }

    private CommitTransactionRequest decision() {
        Map<String, ByteString> succeeded = tries.succeeded();
        return CommitTransactionRequest.newBuilder()
                .setGid(session.gid())
                .addAllBranches(tries.named())
                .putAllBranchResponses(succeeded)
                .build();
    }

    private static void decided(Transaction decided) {
        if (decided.getState() == Transaction.State.UNDOING || decided.getState() == Transaction.State.ABORTED) {
            throw TransactionAborted.of(decided);
        }
    }

    /** Returns the exception that describes a failed commit. */
    private EntenteException uncommitted(EntenteException failed) {
        if (failed instanceof CoordinatorUnavailable unanswered) {
            return TransactionPending.undecided(session.gid(), unanswered);
        }
        return failed instanceof TransactionRefused && failed.code().equals("ENT-040")
                ? new TransactionAborted(
                        "ENT-040",
                        session.gid(),
                        "",
                        "the transaction was decided before this commit arrived: " + failed.getMessage(),
                        failed)
                : failed;
    }

    /**
     * Returns why the transaction must not be committed although the body has returned; null if it may be committed.
     *
     * @param isGone whether the caller has cancelled
     */
    private @Nullable TransactionAborted loss(boolean isGone) {
        Optional<Tries.FirstFailure> firstFailure = tries.firstFailure();
        if (firstFailure.isPresent()) {
            String branch = firstFailure.get().branch();
            return new TransactionAborted(
                    "BRANCH_FAILED",
                    session.gid(),
                    branch,
                    "the body returned, but branch '" + branch + "' did not succeed",
                    firstFailure.get().cause());
        }
        return isGone
                ? new TransactionAborted(
                        "CALLER_GONE",
                        session.gid(),
                        "",
                        "the gRPC context was cancelled, or the thread was interrupted, before the commit was sent",
                        Context.current().cancellationCause())
                : null;
    }

    /**
     * Aborts, and completes with the answer. All tries have ended before, because Cancel must not overtake a running
     * try. If the abort fails, the transaction's deadline aborts.
     */
    private CompletableFuture<Void> abort(Throwable why) {
        try {
            return coordinator.abortDetached(session.gid(), why).handle((aborted, failed) -> {
                if (failed != null) {
                    why.addSuppressed(Causes.unwrap(failed));
                }
                return null;
            });
        } catch (RuntimeException unsaid) { // for example, the client is closed: the exception is added to the cause
            why.addSuppressed(unsaid);
            return CompletableFuture.completedFuture(null);
        }
    }
}
