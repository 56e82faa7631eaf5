package dev.entente.server.api.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ResetBudgetTest {
    private long now = 1;
    private final ResetBudget budget = new ResetBudget(() -> now);

    @Test
    void calls_that_are_given_up_at_once_are_soon_too_many() {
        int stream = 1;
        for (int i = 0; i < 2000; i++, stream += 2) {
            budget.begins(stream);
            assertThat(budget.isExceededBy(stream)).as("reset %d", i).isFalse();
        }
        budget.begins(stream);
        assertThat(budget.isExceededBy(stream)).isTrue();
    }

    @Test
    void all_calls_may_be_given_up_together_after_a_while() {
        for (int stream = 1; stream <= 2 * 8192; stream += 2) {
            budget.begins(stream);
        }
        pass(Duration.ofSeconds(2));
        for (int stream = 1; stream <= 2 * 8192; stream += 2) {
            assertThat(budget.isExceededBy(stream)).as("stream %d", stream).isFalse();
        }
    }

    @Test
    void calls_that_go_on_beside_them_do_not_make_the_old_ones_young() {
        for (int stream = 1; stream <= 2 * 5000; stream += 2) {
            budget.begins(stream);
        }
        for (int i = 0; i < 30; i++) {
            pass(Duration.ofMillis(100));
            budget.begins(20_001 + 2 * i);
        }
        for (int stream = 1; stream <= 2 * 5000; stream += 2) {
            assertThat(budget.isExceededBy(stream)).as("stream %d", stream).isFalse();
        }
    }

    @Test
    void however_late_there_are_too_many_in_the_end() {
        for (int stream = 1; stream <= 2 * 10_001; stream += 2) {
            budget.begins(stream);
        }
        pass(Duration.ofSeconds(5));
        for (int stream = 1; stream <= 2 * 10_000; stream += 2) {
            assertThat(budget.isExceededBy(stream)).isFalse();
        }
        assertThat(budget.isExceededBy(20_001)).isTrue();
    }

    @Test
    void after_ten_seconds_the_count_begins_again() {
        int stream = 1;
        for (int i = 0; i < 30; i++) {
            for (int j = 0; j < 1000; j++, stream += 2) {
                budget.begins(stream);
                assertThat(budget.isExceededBy(stream)).isFalse();
            }
            pass(Duration.ofSeconds(11));
        }
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }
}
