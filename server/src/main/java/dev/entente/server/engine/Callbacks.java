package dev.entente.server.engine;

import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs continuations of futures without a second future, which no code would observe. An exception from a continuation
 * is a defect and is logged.
 */
public final class Callbacks {
    private static final Logger LOG = LoggerFactory.getLogger(Callbacks.class);

    private Callbacks() {}

    /** Calls the supplier. An exception becomes the failure of the returned future, so that each continuation runs. */
    public static <T extends @Nullable Object> CompletableFuture<T> of(Supplier<CompletableFuture<T>> question) {
        try {
            return question.get();
        } catch (RuntimeException | Error thrown) {
            return CompletableFuture.failedFuture(thrown);
        }
    }

    /** Runs the continuation once the future is done, with its result or its failure; the other argument is null. */
    public static <T extends @Nullable Object> void when(
            CompletableFuture<T> future, BiConsumer<? super @Nullable T, ? super @Nullable Throwable> then) {
        var _ = future.handle((result, failure) -> {
            try {
                then.accept(result, failure == null ? null : EngineFailures.cause(failure));
            } catch (RuntimeException | Error defect) {
                LOG.error("a callback threw an exception", defect);
            }
            return null;
        });
    }

    /**
     * Runs the continuation as {@link #when} does. An exception of the continuation becomes the failure of the answer.
     */
    public static <T extends @Nullable Object> void answer(
            CompletableFuture<?> answer,
            CompletableFuture<T> future,
            BiConsumer<? super @Nullable T, ? super @Nullable Throwable> then) {
        when(future, (result, failure) -> {
            try {
                then.accept(result, failure);
            } catch (RuntimeException | Error refused) {
                answer.completeExceptionally(EngineFailures.refusal(refused));
            }
        });
    }
}
