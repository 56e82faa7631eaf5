package dev.entente.client.call;

import io.grpc.Deadline;
import io.grpc.Metadata;

/** How the attempts of one call go out. Used by one thread at a time. */
public interface Transport<Q, R> {
    /** One that is under way. */
    interface Attempt {
        /** Cancels the wait for its answer. What was asked may have been done. */
        void cancel();
    }

    /** Hears what becomes of an attempt: one of the two, once. */
    interface Answer<R> {
        /** It was answered. */
        void answered(R response);

        /**
         * It has no answer, or an error for one.
         *
         * @param address where it went
         * @param isSent false if it is certain that nothing of it was sent
         */
        void failed(Throwable thrown, String address, boolean isSent);
    }

    /**
     * Sends it without waiting.
     *
     * @param answer told once, also where nothing could be sent
     */
    Attempt send(Q request, Metadata headers, Deadline deadline, Answer<R> answer);
}
