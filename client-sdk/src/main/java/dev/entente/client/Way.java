package dev.entente.client;

import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.stub.StreamObserver;

/** How the attempts of one call go out. Used by one thread at a time. */
interface Way<Q, R> {
    /** One that is under way. */
    interface Attempt {
        /** Nobody waits for its answer any more. What was asked may have been done. */
        void cancel();
    }

    /**
     * Sends it without waiting.
     *
     * @param answer told once, also where nothing could be sent
     */
    Attempt send(Q request, Metadata headers, Deadline deadline, StreamObserver<R> answer);
}
