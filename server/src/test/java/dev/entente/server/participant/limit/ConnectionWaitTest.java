package dev.entente.server.participant.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ConnectionWaitTest {
    private static final long LONG = Duration.ofSeconds(2).toNanos();

    private final ConnectionWait waiting = new ConnectionWait();

    @Test
    void calls_after_a_short_wait_are_released_at_once() {
        wait(100);

        assertThat(waiting.takeSlice(Duration.ofMillis(100).toNanos(), 0)).hasSize(100);
    }

    @Test
    void calls_after_a_long_wait_are_released_in_twenty_slices() {
        wait(100);

        for (int i = 0; i < 20; i++) {
            assertThat(waiting.takeSlice(LONG, 0)).hasSize(5);
        }
        assertThat(waiting.isEmpty()).isTrue();
    }

    @Test
    void calls_are_released_up_to_the_capacity_and_at_least_one_slice() {
        wait(100);

        assertThat(waiting.takeSlice(LONG, 16)).hasSize(16);
        assertThat(waiting.takeSlice(LONG, 3)).hasSize(5);
        assertThat(waiting.takeSlice(LONG, 1000)).hasSize(79);
        assertThat(waiting.takeSlice(LONG, 1000)).isEmpty();
    }

    @Test
    void calls_are_released_by_transaction_age_and_then_by_arrival() {
        for (long age : new long[] {3, 1, 2, 1}) {
            waiting.add(new Waiting("t" + age + "-" + waiting.size(), Instant.ofEpochSecond(age)), 0);
        }

        assertThat(waiting.take(3)).extracting(call -> ((Waiting) call).name()).containsExactly("t1-1", "t1-3", "t2-2");
        assertThat(waiting.takeSlice(LONG, 0))
                .extracting(call -> ((Waiting) call).name())
                .containsExactly("t3-0");
    }

    private void wait(int calls) {
        for (int i = 0; i < calls; i++) {
            waiting.add(new Waiting("t" + i, Instant.EPOCH), 0);
        }
    }

    private record Waiting(String name, Instant createdAt) implements InFlightLimit.WaitingCall {
        @Override
        public void enter() {}

        @Override
        public void rejectCall(String why) {}

        @Override
        public boolean isTooLate(long nanoTime) {
            return false;
        }
    }
}
