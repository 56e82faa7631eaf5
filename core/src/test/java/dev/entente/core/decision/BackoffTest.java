package dev.entente.core.decision;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.CallPolicy;
import dev.entente.core.transaction.Role;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {
    private static final CallPolicy POLICY = CallPolicy.standard(Role.FORWARD);
    private static final long LARGEST = -1L;

    @Test
    void the_bound_doubles_up_to_the_cap() {
        assertThat(Backoff.delay(POLICY, 1, LARGEST)).isEqualTo(Duration.ofMillis(999));
        assertThat(Backoff.delay(POLICY, 2, LARGEST)).isEqualTo(Duration.ofMillis(1_999));
        assertThat(Backoff.delay(POLICY, 3, LARGEST)).isEqualTo(Duration.ofMillis(3_999));
        assertThat(Backoff.delay(POLICY, 9, LARGEST)).isEqualTo(Duration.ofMillis(255_999));
        assertThat(Backoff.delay(POLICY, 10, LARGEST)).isEqualTo(Duration.ofMillis(299_999));
        assertThat(Backoff.delay(POLICY, Integer.MAX_VALUE, LARGEST)).isEqualTo(Duration.ofMillis(299_999));
    }

    @Test
    void the_jitter_is_full_but_never_zero() {
        assertThat(Backoff.delay(POLICY, 4, 0)).isEqualTo(Duration.ofMillis(1));
        assertThat(Backoff.delay(POLICY, 4, 1L << 63)).isEqualTo(Duration.ofSeconds(4));
    }

    @Test
    void delays_spread_evenly_between_one_millisecond_and_the_cap() {
        Random random = new Random(7);
        double sumMillis = 0;
        int draws = 20_000;
        for (int i = 0; i < draws; i++) {
            Duration delay = Backoff.delay(POLICY, 30, random.nextLong());
            assertThat(delay).isBetween(Duration.ofMillis(1), POLICY.maxBackoff());
            sumMillis += delay.toMillis();
        }
        assertThat(sumMillis / draws).isBetween(145_000.0, 155_000.0);
    }

    @Test
    void the_participants_retry_after_is_a_lower_bound_of_at_most_a_day() {
        assertThat(Backoff.delay(POLICY, 1, LARGEST, Duration.ofSeconds(20))).isEqualTo(Duration.ofSeconds(20));
        assertThat(Backoff.delay(POLICY, 5, LARGEST, Duration.ofSeconds(2))).isEqualTo(Duration.ofMillis(15_999));
        assertThat(Backoff.delay(POLICY, 1, LARGEST, Duration.ofSeconds(-5))).isEqualTo(Duration.ofMillis(999));
        assertThat(Backoff.delay(POLICY, 1, LARGEST, Duration.ofDays(36_500))).isEqualTo(Duration.ofDays(1));
    }

    @Test
    void jitter_extends_a_shared_wait_by_up_to_half() {
        Duration wait = Duration.ofSeconds(10);
        assertThat(Backoff.jittered(wait, 0)).isEqualTo(wait);
        assertThat(Backoff.jittered(wait, 1L << 63)).isEqualTo(Duration.ofMillis(12_500));
        assertThat(Backoff.jittered(wait, LARGEST)).isEqualTo(Duration.ofMillis(14_999));
    }

    @Test
    void delays_include_fractions_of_a_second() {
        Duration oneAndAHalf = Duration.ofMillis(1500);
        CallPolicy policy = new CallPolicy(oneAndAHalf, 5, oneAndAHalf, Duration.ofMinutes(5), 2);
        assertThat(Backoff.delay(policy, 1, 1L << 63)).isEqualTo(Duration.ofMillis(750));
        assertThat(Backoff.delay(policy, 2, 1L << 63)).isEqualTo(Duration.ofMillis(1500));
    }
}
