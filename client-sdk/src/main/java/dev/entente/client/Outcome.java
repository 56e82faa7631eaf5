package dev.entente.client;

import com.google.protobuf.InvalidProtocolBufferException;
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
     * Reads the response of the branch that the plan named as its result, which is JSON.
     *
     * @param type {@link String} for the text itself
     * @throws TransactionAborted if it was aborted
     * @throws TransactionPending if it has not ended
     * @throws ResponseUnreadable if it is no JSON of that class, or the plan named no result
     * @throws IllegalStateException if the client has no mapper: {@link Entente.Builder#json}
     */
    default <R> R result(Class<R> type) {
        Transaction done = orThrow();
        JsonCodec json = this instanceof Succeeded succeeded ? succeeded.json() : null;
        return Json.read(json, done.getResult().getRaw(), type, gid(), "");
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
        @SuppressWarnings("unchecked") // a parser of R makes Rs
        public <R extends Message> R result(R prototype) {
            try {
                return (R) prototype
                        .getParserForType()
                        .parseFrom(transaction.getResult().getRaw());
            } catch (InvalidProtocolBufferException other) {
                throw new IllegalArgumentException(
                        "the result of '" + gid() + "' does not read as "
                                + prototype.getDescriptorForType().getFullName(),
                        other);
            }
        }
    }

    /** Everything that was done was undone, or given up. */
    record Aborted(Transaction transaction) implements Outcome {
        /** The branch whose no turned the transaction; empty if a deadline, a client or an operator did. */
        public String branch() {
            return TransactionAborted.culprit(transaction);
        }

        /** Why, for people. */
        public String reason() {
            return transaction.getDetail();
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

    /** How that transaction stands. */
    static Outcome of(Transaction transaction) {
        return of(transaction, null);
    }

    /**
     * How that transaction stands.
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
