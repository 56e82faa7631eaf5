package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RetryTest {
    private final Random random = new Random(11);

    @Test
    void a_schedule_returns_its_exact_waits() {
        Retry retry = Retry.schedule(List.of(Duration.ofSeconds(10), Duration.ofMinutes(1)));

        assertThat(retry.waitAfter(1, random)).isEqualTo(Duration.ofSeconds(10));
        assertThat(retry.waitAfter(2, random)).isEqualTo(Duration.ofMinutes(1));
        assertThat(retry.waitAfter(9, random)).isEqualTo(Duration.ofMinutes(1));
    }

    @Test
    void exponential_waits_are_below_their_bound() {
        Retry retry = Retry.exponential(Duration.ofSeconds(1), Duration.ofSeconds(8), 10);

        for (int attempts = 1; attempts < 20; attempts++) {
            assertThat(retry.waitAfter(attempts, random))
                    .isLessThan(retry.boundAfter(attempts))
                    .isGreaterThanOrEqualTo(Duration.ZERO);
        }
    }
}
