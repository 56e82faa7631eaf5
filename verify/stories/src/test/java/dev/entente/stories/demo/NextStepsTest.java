package dev.entente.stories.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.v1.Transaction;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests of the next steps that {@code demo --keep} suggests. */
class NextStepsTest {
    @Test
    void an_executed_transaction_is_suggested() {
        Result empty = new Result("recovery");
        Result reported = new Result("notification");
        reported.report(Transaction.newBuilder().setGid("demo-late-mail").build());
        assertThat(NextSteps.looks("./entente", List.of(empty, reported)))
                .isEqualTo("  ./entente tx describe demo-late-mail\n  ./entente tx replay demo-late-mail\n");
    }

    @Test
    void no_step_is_suggested_without_a_transaction() {
        assertThat(NextSteps.looks("./entente", List.of(new Result("recovery"))))
                .isEmpty();
    }
}
