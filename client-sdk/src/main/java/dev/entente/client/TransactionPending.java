package dev.entente.client;

import dev.entente.v1.Transaction;
import org.jspecify.annotations.Nullable;

/**
 * The transaction has not finished yet, or its result is unknown. The transaction continues by itself, or waits for an
 * operator. Query the transaction by its gid.
 */
public final class TransactionPending extends EntenteException {
    private static final long serialVersionUID = 1;

    private static final String PARKED = "PARKED";

    private TransactionPending(String code, String gid, String message, @Nullable Throwable cause) {
        super(code, gid, message, cause);
    }

    static TransactionPending of(Transaction transaction) {
        String gid = transaction.getGid();
        if (transaction.hasParked()) {
            String why = transaction.getParked().getReason().name() + ": "
                    + transaction.getParked().getDetail();
            return new TransactionPending(
                    PARKED,
                    gid,
                    "transaction '" + gid + "' is parked (" + why + ") and waits for an operator: "
                            + transaction.getParked().getAdvice(),
                    null);
        }
        return new TransactionPending(
                "PENDING",
                gid,
                "transaction '" + gid + "' is still " + transaction.getState()
                        + "; ask again: entente.transactions().await(\"" + gid + "\", …)",
                null);
    }

    /** Returns the exception for a Commit without a response: if Commit was sent, the decision may be durable. */
    static TransactionPending undecided(String gid, CoordinatorUnavailable cause) {
        if (cause.certainty() == CoordinatorUnavailable.Certainty.NOT_SENT) {
            return new TransactionPending(
                    "NOT_SENT",
                    gid,
                    "transaction '" + gid + "' was not committed (" + cause.getMessage()
                            + "); its deadline will abort it: entente.transactions().await(\"" + gid + "\", …)",
                    cause);
        }
        return new TransactionPending(
                "UNANSWERED",
                gid,
                "whether transaction '" + gid + "' was committed is unknown (" + cause.getMessage()
                        + "); it is committed or will be aborted by its deadline, so only wait for its final state:"
                        + " entente.transactions().await(\"" + gid + "\", …)",
                cause);
    }

    /** Returns the exception for a local commit without a response: the commit may have happened. */
    static TransactionPending ofLocal(String gid, Throwable cause) {
        return new TransactionPending(
                "UNANSWERED",
                gid,
                "whether the local transaction of message '" + gid + "' was committed is unknown (" + cause.getMessage()
                        + "); the coordinator will ask by check-back and use the result, so only wait for its final"
                        + " state: entente.transactions().await(\"" + gid + "\", …)",
                cause);
    }

    /** Returns whether it waits for an operator. */
    public boolean parked() {
        return code().equals(PARKED);
    }

    /** Returns true: a query is safe, and a repeated submit returns the accepted transaction. */
    @Override
    public boolean retryable() {
        return true;
    }
}
