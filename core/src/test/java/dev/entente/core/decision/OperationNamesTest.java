package dev.entente.core.decision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The names of operator requests in the audit. */
final class OperationNamesTest {
    @Test
    void each_operator_request_has_its_audit_name() {
        List<TransactionRequest.Operate> requests = List.of(
                new TransactionRequest.Retry("alice", "why", 0),
                new TransactionRequest.Park("alice", "why", 0),
                new TransactionRequest.Resume("alice", "why", 0),
                new TransactionRequest.DecideApproval("a", true, "alice", "why", 0),
                new TransactionRequest.DecideApproval("a", false, "alice", "why", 0),
                new TransactionRequest.Resolve("a", Role.FORWARD, Fact.Truth.DONE, null, "alice", "why", 0),
                new TransactionRequest.Skip("alice", "why", 0),
                new TransactionRequest.Drop("orders", "shop", true, "alice", "why"),
                new TransactionRequest.ForceFinish(TransactionState.ABORTED, "alice", "why", 0));

        assertThat(requests.stream().map(TransactionRequest.Operate::name))
                .containsExactly(
                        "retry", "park", "resume", "approve", "reject", "resolve", "skip", "drop", "force-finish");
    }
}
