package dev.entente.server.api;

import dev.entente.server.api.access.Authentication;
import dev.entente.server.api.access.Caller;
import dev.entente.server.telemetry.Metrics;
import dev.entente.v1.SubmitTransactionRequest;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.SubmitTransactionsRequest;
import dev.entente.v1.SubmitTransactionsResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * The open streams of submits. At the coordinator's shutdown, each stream sends a message to its client. Thread-safe.
 */
final class SubmitStreams {
    private final Authentication authentication;
    private final Metrics metrics;
    private final BiConsumer<Duration, Runnable> timer;
    private final Supplier<Executor> here;
    private final Set<SubmitStreamServer> open = ConcurrentHashMap.newKeySet();
    private volatile boolean isClosing;

    /** One submit, by any call. The future may fail; the method does not throw. */
    interface Work {
        CompletableFuture<SubmitTransactionResponse> start(
                SubmitTransactionRequest request, Caller caller, ClientPresence presence);
    }

    /**
     * @param timer runs a task after a short delay
     * @param here the event loop of the current thread: runs tasks one by one, after its current task
     */
    SubmitStreams(
            Authentication authentication,
            Metrics metrics,
            BiConsumer<Duration, Runnable> timer,
            Supplier<Executor> here) {
        this.authentication = authentication;
        this.metrics = metrics;
        this.timer = timer;
        this.here = here;
    }

    /** Opens a stream. Call on the call's own thread. */
    StreamObserver<SubmitTransactionsRequest> open(StreamObserver<SubmitTransactionsResponse> observer, Work work) {
        Caller caller = Caller.current();
        SubmitStreamServer stream = new SubmitStreamServer(
                (ServerCallStreamObserver<SubmitTransactionsResponse>) observer,
                here.get(),
                work,
                () -> authentication.again(caller, SubmitStreamServer.METHOD),
                this);
        open.add(stream);
        if (isClosing) {
            stream.drain();
        }
        return stream;
    }

    void closed(SubmitStreamServer stream) {
        open.remove(stream);
    }

    void answered(String code, long nanos) {
        metrics.rpc(SubmitStreamServer.METHOD, code, nanos);
    }

    void later(Duration delay, Runnable task) {
        timer.accept(delay, task);
    }

    /** Returns whether the coordinator is shutting down. */
    boolean isClosing() {
        return isClosing;
    }

    /** Refuses new items; items in flight are still answered. */
    void drain() {
        isClosing = true;
        open.forEach(SubmitStreamServer::drain);
    }

    /** Ends the streams; unanswered items get no answer. */
    void end() {
        isClosing = true;
        open.forEach(SubmitStreamServer::end);
    }
}
