package dev.entente.client.call;

import io.grpc.Deadline;
import io.grpc.Metadata;

/** Sends the attempts of one call. Used by one thread at a time. */
public interface Transport<Q, R> {
    /** A running attempt. */
    interface Attempt {
        /** Cancels the wait for the response. The call may have been done. */
        void cancel();
    }

    /** Receives the result of an attempt: exactly one of the two methods is called, once. */
    interface Completion<R> {
        /** Receives the response. */
        void answered(R response);

        /**
         * Receives a failure: no response, or an error as response.
         *
         * @param address the address of the attempt
         * @param isSent false if it is certain that nothing was sent
         */
        void failed(Throwable thrown, String address, boolean isSent);
    }

    /**
     * Sends an attempt without waiting.
     *
     * @param answer called once, also if nothing could be sent
     */
    Attempt send(Q request, Metadata headers, Deadline deadline, Completion<R> answer);
}
