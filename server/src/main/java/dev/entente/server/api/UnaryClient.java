package dev.entente.server.api;

import dev.entente.server.api.wire.Errors;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;

/** The client at the other end of a unary call: answered once, or gone. Thread-safe. */
final class UnaryClient<R> {
    private final StreamObserver<R> observer;
    private final Interest interest = new Interest();

    /** To be made on the call's own thread, before the service's method returns. */
    UnaryClient(StreamObserver<R> observer) {
        this.observer = observer;
        ((ServerCallStreamObserver<R>) observer).setOnCancelHandler(interest::end);
    }

    /** Ends when the client goes. */
    Interest interest() {
        return interest;
    }

    void answer(R answer) {
        observer.onNext(answer);
        observer.onCompleted();
    }

    void refuse(Throwable thrown) {
        observer.onError(Errors.of(thrown));
    }
}
