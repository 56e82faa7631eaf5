package dev.entente.client;

import dev.entente.client.call.Causes;
import io.grpc.Context;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * One interactive TCC transaction from its body to its decision, without a thread that waits.
 *
 * @param <T> what the body comes to
 */
final class InteractiveRun<T> {
    private final CoordinatorClient coordinator;
    private final Tcc.AsyncBody<T> body;
    private final Context context = Context.current();
    private final CompletableFuture<T> result = new CompletableFuture<>();

    InteractiveRun(CoordinatorClient coordinator, Tcc.AsyncBody<T> body) {
        this.coordinator = coordinator;
        this.body = body;
    }

    CompletableFuture<T> start(CompletableFuture<InteractiveTransaction> begun) {
        CompletableFuture<T> ended = coordinator
                .handedOver(begun)
                .thenCompose(transaction -> endOrCancelled(body(transaction))
                        .handle((value, thrown) -> decided(transaction, value, thrown))
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

    private CompletionStage<T> body(InteractiveTransaction transaction) {
        try {
            return Objects.requireNonNull(
                    context.call(() -> body.run(transaction.scope())), "the body gave no stage to wait for");
        } catch (Throwable thrown) { // an error too aborts the transaction; the caller gets it with the result
            return CompletableFuture.failedFuture(thrown);
        }
    }

    /** The end of the body, or its loss: when nobody waits for it any more, it may take as long as it likes. */
    private CompletionStage<T> endOrCancelled(CompletionStage<T> body) {
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

    /** Decides when no try is under way any more. */
    private CompletableFuture<T> decided(
            InteractiveTransaction transaction, @Nullable T value, @Nullable Throwable thrown) {
        return transaction.triesEnded().thenCompose(ended -> {
            Throwable why = thrown == null
                    ? transaction.loss(context.isCancelled() || result.isCancelled())
                    : Causes.unwrap(thrown);
            return why == null
                    ? transaction.commit().thenApply(committed -> value)
                    : transaction.abort(why).thenCompose(aborted -> CompletableFuture.failedFuture(why));
        });
    }
}
