package dev.entente.client;

import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.Transaction;
import java.util.List;

/**
 * A transaction that was accepted: durable, whatever happens now.
 *
 * @param alreadyKnown whether the same plan was accepted under this gid before; a repeated send says so too
 * @param warnings what the coordinator finds doubtful in the plan
 */
public record Submitted(Transaction transaction, boolean alreadyKnown, List<String> warnings) {
    /** Copies the warnings. */
    public Submitted {
        warnings = List.copyOf(warnings);
    }

    static Submitted of(SubmitTransactionResponse response) {
        return new Submitted(response.getTransaction(), response.getAlreadyKnown(), response.getWarningsList());
    }

    /** Its id. */
    public String gid() {
        return transaction.getGid();
    }
}
