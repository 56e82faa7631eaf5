package dev.entente.core.decision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.TransactionState;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Operators' acts as the audit and users read them. */
final class ActNamesTest {
    @Test
    void each_act_has_the_name_that_the_command_line_gives_it() {
        List<Act.Operate> acts = List.of(
                new Act.Retry("alice", "why", 0),
                new Act.Park("alice", "why", 0),
                new Act.Resume("alice", "why", 0),
                new Act.DecideApproval("a", true, "alice", "why", 0),
                new Act.DecideApproval("a", false, "alice", "why", 0),
                new Act.Resolve("a", Role.FORWARD, Fact.Truth.DONE, null, "alice", "why", 0),
                new Act.Skip("alice", "why", 0),
                new Act.Drop("orders", "shop", true, "alice", "why"),
                new Act.ForceFinish(TransactionState.ABORTED, "alice", "why", 0));

        assertThat(acts.stream().map(Act.Operate::name))
                .containsExactly(
                        "retry", "park", "resume", "approve", "reject", "resolve", "skip", "drop", "force-finish");
    }
}
