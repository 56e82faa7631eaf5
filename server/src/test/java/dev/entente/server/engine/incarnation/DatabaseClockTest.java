package dev.entente.server.engine.incarnation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class DatabaseClockTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final long SECOND = 1_000_000_000L;

    private long nanos;
    private final DatabaseClock clock = new DatabaseClock(() -> nanos, NOON);

    @Test
    void an_answer_that_was_long_on_its_way_sets_nothing_back() {
        nanos = 3 * SECOND;
        clock.set(NOON.plusSeconds(1), SECOND);
        assertThat(clock.get()).isEqualTo(NOON.plusSeconds(3));
    }

    @Test
    void it_stands_still_until_a_clock_that_was_set_back_has_come_up_to_it() {
        nanos = 10 * SECOND;
        clock.set(NOON.plusSeconds(8), nanos);
        assertThat(clock.get()).isEqualTo(NOON.plusSeconds(10));
        nanos = 11 * SECOND;
        assertThat(clock.get()).isEqualTo(NOON.plusSeconds(10));
        nanos = 13 * SECOND;
        assertThat(clock.get()).isEqualTo(NOON.plusSeconds(11));
    }

    @Test
    void it_follows_a_clock_that_was_set_forward_or_far_back_at_once() {
        clock.set(NOON.plusSeconds(60), nanos);
        assertThat(clock.get()).isEqualTo(NOON.plusSeconds(60));
        clock.set(NOON.minusSeconds(3600), nanos);
        assertThat(clock.get()).isEqualTo(NOON.minusSeconds(3600));
    }
}
