package dev.entente.client;

import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.Transaction;
import java.util.List;

/**
 * An accepted transaction, which is durable.
 *
 * @param alreadyKnown whether the same plan was accepted under this gid before, possibly by a repeated send
 * @param warnings the coordinator's warnings about the plan
 */
public record Submitted(Transaction transaction, boolean alreadyKnown, List<String> warnings) {
    /** Copies the warnings. */
    public Submitted {
        warnings = List.copyOf(warnings);
    }

    static Submitted of(SubmitTransactionResponse response) {
        return new Submitted(response.getTransaction(), response.getAlreadyKnown(), response.getWarningsList());
    }

    /** Returns the transaction's id. */
    public String gid() {
        return transaction.getGid();
    }
}
