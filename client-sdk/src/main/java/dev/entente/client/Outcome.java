package dev.entente.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.entente.v1.Transaction;
import org.jspecify.annotations.Nullable;

/** The state of a transaction after a wait. */
public sealed interface Outcome {
    /** Returns the transaction as the coordinator last reported it. */
    Transaction transaction();

    /** Returns the transaction's id. */
    default String gid() {
        return transaction().getGid();
    }

    /**
     * Returns the transaction, if it succeeded.
     *
     * @throws TransactionAborted if it was aborted
     * @throws TransactionPending if it has not finished
     */
    Transaction orThrow();

    /**
     * Reads the JSON of the branch that the plan named as its {@link Saga#result(String) result}.
     *
     * @param type {@link String} for the text itself
     * @throws TransactionAborted if it was aborted
     * @throws TransactionPending if it has not ended
     * @throws IllegalArgumentException if it is no JSON of that class
     * @throws IllegalStateException if the client has no {@link Entente.Builder#json mapper}
     */
    default <R> R result(Class<R> type) {
        ByteString result = orThrow().getResult().getRaw();
        JsonCodec json = this instanceof Succeeded succeeded ? succeeded.json() : null;
        return JsonCodec.read(json, result, type, "the result of '" + gid() + "' (the step that result(…) names)");
    }

    /**
     * The transaction succeeded.
     *
     * @param json the client's mapper, if it has one
     */
    record Succeeded(Transaction transaction, @Nullable JsonCodec json) implements Outcome {
        @Override
        public Transaction orThrow() {
            return transaction;
        }

        /**
         * Returns the response of the plan's result branch; the default instance if the plan has none.
         *
         * @throws IllegalArgumentException if that response is of another type
         */
        public <R extends Message> R result(R prototype) {
            return Call.parsed(prototype, transaction.getResult().getRaw(), "the result of '" + gid() + "'");
        }
    }

    /**
     * The transaction was aborted and all its effects were compensated, or the transaction is a notification that was
     * given up.
     */
    record Aborted(Transaction transaction) implements Outcome {
        /**
         * Returns the branch whose rejection, failure or missing answer caused the abort; empty if a deadline, a client
         * or an operator caused it.
         */
        public String branch() {
            return TransactionAborted.failedBranch(transaction);
        }

        /** Returns the reason of the abort, for people. */
        public String reason() {
            return transaction.getDetail();
        }

        /** Returns the participant's code of the rejection, such as {@code OUT_OF_STOCK}; empty if there is none. */
        public String rejection() {
            return transaction.getRejection();
        }

        @Override
        public Transaction orThrow() {
            throw TransactionAborted.of(transaction);
        }
    }

    /** The transaction has not finished. */
    record Pending(Transaction transaction) implements Outcome {
        /** Returns whether it waits for an operator; {@code transaction().getParked()} has the reason and advice. */
        public boolean parked() {
            return transaction.hasParked();
        }

        @Override
        public Transaction orThrow() {
            throw TransactionPending.of(transaction);
        }
    }

    /**
     * Returns the outcome of a transaction.
     *
     * @param json reads its {@link #result(Class)}; null if no caller reads it
     */
    static Outcome of(Transaction transaction, @Nullable JsonCodec json) {
        if (!transaction.getTerminal()) {
            return new Pending(transaction);
        }
        return transaction.getState() == Transaction.State.SUCCEEDED
                ? new Succeeded(transaction, json)
                : new Aborted(transaction);
    }
}
