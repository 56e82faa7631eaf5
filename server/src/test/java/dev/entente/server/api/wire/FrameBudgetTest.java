package dev.entente.server.api.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class FrameBudgetTest {
    private long now = 1;
    private final FrameBudget budget = new FrameBudget(1000, () -> now);

    @Test
    void a_burst_is_sudden_also_after_a_long_silence() {
        pass(Duration.ofSeconds(9));
        for (int i = 0; i < 1000; i++) {
            assertThat(budget.isExceeded()).isFalse();
        }
        assertThat(budget.isExceeded()).isTrue();
        assertThat(budget.wasSudden()).isTrue();
    }

    @Test
    void too_many_that_come_steadily_are_not_sudden() {
        for (int i = 0; i < 1000; i++) {
            pass(Duration.ofMillis(9));
            assertThat(budget.isExceeded()).isFalse();
        }
        assertThat(budget.isExceeded()).isTrue();
        assertThat(budget.wasSudden()).isFalse();
    }

    @Test
    void after_the_window_the_count_begins_again() {
        for (int i = 0; i < 20_000; i++) {
            pass(Duration.ofMillis(11));
            assertThat(budget.isExceeded()).as("frame %d", i).isFalse();
        }
    }

    private void pass(Duration time) {
        now += time.toNanos();
    }
}
