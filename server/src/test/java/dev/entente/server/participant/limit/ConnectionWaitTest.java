package dev.entente.server.participant.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ConnectionWaitTest {
    private static final long LONG = Duration.ofSeconds(2).toNanos();

    private final ConnectionWait waiting = new ConnectionWait();

    @Test
    void who_has_hardly_waited_leaves_at_once() {
        wait(100);

        assertThat(waiting.takeSlice(Duration.ofMillis(100).toNanos(), 0)).hasSize(100);
    }

    @Test
    void who_has_waited_for_long_leaves_in_twenty_slices() {
        wait(100);

        for (int i = 0; i < 20; i++) {
            assertThat(waiting.takeSlice(LONG, 0)).hasSize(5);
        }
        assertThat(waiting.isEmpty()).isTrue();
    }

    @Test
    void as_many_leave_as_there_is_room_for_and_a_slice_at_least() {
        wait(100);

        assertThat(waiting.takeSlice(LONG, 16)).hasSize(16);
        assertThat(waiting.takeSlice(LONG, 3)).hasSize(5);
        assertThat(waiting.takeSlice(LONG, 1000)).hasSize(79);
        assertThat(waiting.takeSlice(LONG, 1000)).isEmpty();
    }

    @Test
    void calls_of_the_oldest_transactions_leave_first_and_of_one_age_the_first_come() {
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

    private record Waiting(String name, Instant createdAt) implements InFlightLimit.Entrant {
        @Override
        public void enter() {}

        @Override
        public void turnAway(String why) {}

        @Override
        public boolean isTooLate(long nanoTime) {
            return false;
        }
    }
}
