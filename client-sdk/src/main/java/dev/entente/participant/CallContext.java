package dev.entente.participant;

import io.grpc.Context;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * Propagates the current call to other threads: {@link Branch#current()}, the trace, the deadline and the cancellation.
 * A handler that passes its work to other threads wraps the executor or the thread factory once:
 *
 * <pre>{@code
 * ExecutorService workers = CallContext.following(Executors.newVirtualThreadPerTaskExecutor());
 * CompletableFuture.supplyAsync(() -> reserve(request), workers).thenAcceptAsync(observer::onNext, workers);
 * }</pre>
 *
 * <p>Stages without an executor ({@code thenApply} on another library's future) run on the thread that completes the
 * future: run them with {@link #here}. Outside of the call a {@link Barrier} refuses to work (ENT-095).
 */
public final class CallContext {
    private CallContext() {}

    /** Runs each task in the call in which it was submitted. Closing the result closes the given executor. */
    public static ExecutorService following(ExecutorService executor) {
        return new FollowingExecutor(executor);
    }

    /** Runs each task in the call in which it was submitted. */
    public static Executor following(Executor executor) {
        return Context.currentContextExecutor(executor);
    }

    /** Creates threads, also virtual ones, that run in the call in which they were created. */
    public static ThreadFactory followingThreads(ThreadFactory threads) {
        return task -> threads.newThread(Context.current().wrap(task));
    }

    /**
     * Runs every task in the call that is current now, independent of the submitting thread. Use the result only for
     * stages of this call.
     */
    public static Executor here(Executor executor) {
        return Context.current().fixedContextExecutor(executor);
    }

    /** An executor service that runs each task in the gRPC context in which the task was submitted. */
    private static final class FollowingExecutor extends AbstractExecutorService {
        private final ExecutorService executor;

        FollowingExecutor(ExecutorService executor) {
            this.executor = executor;
        }

        @Override
        public void execute(Runnable task) {
            executor.execute(Context.current().wrap(task));
        }

        @Override
        public void shutdown() {
            executor.shutdown();
        }

        @Override
        public List<Runnable> shutdownNow() {
            return executor.shutdownNow();
        }

        @Override
        public boolean isShutdown() {
            return executor.isShutdown();
        }

        @Override
        public boolean isTerminated() {
            return executor.isTerminated();
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
            return executor.awaitTermination(timeout, unit);
        }
    }
}
