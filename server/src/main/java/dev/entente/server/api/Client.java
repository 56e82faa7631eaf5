package dev.entente.server.api;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The client at the other end of a unary call: answered once, or gone. Thread-safe.
 *
 * <p>A client that is gone (cancelled, its deadline passed, its connection broken) ends the waiting, never the transaction.
 */
final class Client<R> {
    private final StreamObserver<R> observer;
    private volatile @Nullable Future<?> awaited;
    private volatile boolean isGone;

    /** To be made on the call's own thread, before the service's method returns. */
    Client(StreamObserver<R> observer) {
        this.observer = observer;
        ((ServerCallStreamObserver<R>) observer).setOnCancelHandler(this::leave);
    }

    /** Cancels that future when the client goes. */
    void awaits(Future<?> future) {
        awaited = future;
        if (isGone) {
            future.cancel(false);
        }
    }

    void answer(R answer) {
        observer.onNext(answer);
        observer.onCompleted();
    }

    void refuse(Throwable thrown) {
        observer.onError(Errors.of(thrown));
    }

    private void leave() {
        isGone = true;
        Future<?> future = awaited;
        if (future != null) {
            future.cancel(false);
        }
    }
}
