package dev.entente.server.telemetry;

import dev.entente.core.transaction.GlobalTransaction;
import dev.entente.core.transaction.Outcome;
import dev.entente.core.transaction.Plan;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Records spans of transactions. A recording never fails and never blocks. Thread-safe. */
public interface Traces {
    /** Records nothing. */
    Traces NONE = new NoTraces();

    /** Returns whether spans are recorded. */
    boolean areOn();

    /** Records the acceptance of a transaction, from its creation until now. */
    void accepted(GlobalTransaction transaction);

    /** Records an operator's operation on a transaction, from the given time until now. */
    void operated(String gid, Plan plan, String operation, String actor, Instant since);

    /**
     * Records a transaction that has reached its final state.
     *
     * @param measure measures the duration of the transaction; its exemplar is this trace
     */
    void finished(GlobalTransaction transaction, Runnable measure);

    /**
     * Begins a call.
     *
     * @param op the name that participants see: action, compensate, try, confirm, cancel
     * @param attempt from 1
     * @return null if no traces are recorded
     */
    @Nullable
    Call call(GlobalTransaction transaction, String branch, String op, int attempt, long fence, String participant);

    /** Sends the recorded spans. Waits a bounded time for their receiver. */
    void close();

    /** The spans of one call: one until the call leaves, and one until its outcome. */
    interface Call {
        /** Returns the {@code traceparent} for the participant: the span that ends when the call leaves. */
        String header();

        /** Records that the call leaves now. Only the first invocation has an effect. */
        void left();

        /**
         * Records the outcome of a call that has left.
         *
         * @param measure measures the duration of the call; its exemplar is this trace
         */
        void ended(Outcome outcome, Runnable measure);
    }
}
