package dev.entente.client;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.entente.v1.Transaction;

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

    /** Everything was done. */
    record Succeeded(Transaction transaction) implements Outcome {
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

    /** How that transaction stands. */
    static Outcome of(Transaction transaction) {
        if (!transaction.getTerminal()) {
            return new Pending(transaction);
        }
        return transaction.getState() == Transaction.State.SUCCEEDED
                ? new Succeeded(transaction)
                : new Aborted(transaction);
    }
}
