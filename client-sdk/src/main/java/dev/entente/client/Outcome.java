package dev.entente.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.entente.v1.Transaction;
import org.jspecify.annotations.Nullable;

/** How a transaction stands after a wait. */
public sealed interface Outcome {
    /** As the coordinator showed it last. */
    Transaction transaction();

    /** Its id. */
    default String gid() {
        return transaction().getGid();
    }

    /**
     * The transaction, if it succeeded.
     *
     * @throws TransactionAborted if it was aborted
     * @throws TransactionPending if it has not ended
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
        return JsonCodec.read(json, result, type, "the result of '" + gid() + "', of the step that result(…) named,");
    }

    /**
     * Everything was done.
     *
     * @param json the client's mapper, if it has one
     */
    record Succeeded(Transaction transaction, @Nullable JsonCodec json) implements Outcome {
        @Override
        public Transaction orThrow() {
            return transaction;
        }

        /**
         * The response of the branch that the plan named as its result; the default instance if it named none.
         *
         * @throws IllegalArgumentException if that response is of another type
         */
        public <R extends Message> R result(R prototype) {
            return Call.parsed(prototype, transaction.getResult().getRaw(), "the result of '" + gid() + "'");
        }
    }

    /** Everything that was done was undone, or given up. */
    record Aborted(Transaction transaction) implements Outcome {
        /** The branch whose no, or lack of an answer, turned it; empty if a deadline, a client or an operator did. */
        public String branch() {
            return TransactionAborted.culprit(transaction);
        }

        /** Why, for people. */
        public String reason() {
            return transaction.getDetail();
        }

        /** The participant's code of the no that turned it, such as {@code OUT_OF_STOCK}; empty where there is none. */
        public String rejection() {
            return transaction.getRejection();
        }

        @Override
        public Transaction orThrow() {
            throw TransactionAborted.of(transaction);
        }
    }

    /** It has not ended. */
    record Pending(Transaction transaction) implements Outcome {
        /** Tells whether it waits for an operator; {@code transaction().getParked()} says why and what to do. */
        public boolean parked() {
            return transaction.hasParked();
        }

        @Override
        public Transaction orThrow() {
            throw TransactionPending.of(transaction);
        }
    }

    /**
     * Reads how that transaction stands.
     *
     * @param json reads its {@link #result(Class)}; null where nobody asks for it
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
