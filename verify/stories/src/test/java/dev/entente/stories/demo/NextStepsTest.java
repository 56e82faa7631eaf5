package dev.entente.stories.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.v1.Transaction;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tests what {@code demo --keep} suggests to look at. */
class NextStepsTest {
    @Test
    void a_transaction_is_named_that_has_been_run() {
        Result untold = new Result("recovery");
        Result reported = new Result("notification");
        reported.report(Transaction.newBuilder().setGid("demo-late-mail").build());
        assertThat(NextSteps.looks("./entente", List.of(untold, reported)))
                .isEqualTo("  ./entente tx describe demo-late-mail\n  ./entente tx replay demo-late-mail\n");
    }

    @Test
    void nothing_is_named_where_nothing_was_told() {
        assertThat(NextSteps.looks("./entente", List.of(new Result("recovery"))))
                .isEmpty();
    }
}
