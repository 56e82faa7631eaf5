package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
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
            Duration bound = retry.boundAfter(attempts);
            int after = attempts;
            assertThat(Stream.generate(() -> retry.waitAfter(after, random)).limit(50))
                    .allMatch(wait -> !wait.isNegative() && wait.compareTo(bound) < 0)
                    .anyMatch(wait -> wait.compareTo(bound.dividedBy(4)) < 0)
                    .anyMatch(wait -> wait.compareTo(bound.multipliedBy(3).dividedBy(4)) > 0);
        }
    }
}
