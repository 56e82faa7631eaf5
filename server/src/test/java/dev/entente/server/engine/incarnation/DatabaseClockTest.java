package dev.entente.server.engine.incarnation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class DatabaseClockTest {
    private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");
    private static final long SECOND = 1_000_000_000L;

    private long nanos;
    private final DatabaseClock clock = new DatabaseClock(() -> nanos, new FirstRenewal(0, 0, NOON));
    private static final long MILLI = 1_000_000L;

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

    /** The database's clock shows noon at zero nanoseconds; it is read after the first part of the round trip. */
    private void renew(DatabaseClock renewed, long there, long back) {
        long askedAtNanos = nanos;
        Instant read = NOON.plusNanos(askedAtNanos + there);
        nanos += there + back;
        renewed.set(read, askedAtNanos);
    }

    private Duration error(DatabaseClock renewed) {
        return Duration.between(NOON.plusNanos(nanos), renewed.get()).abs();
    }

    @Test
    void what_passes_between_the_first_answer_and_its_use_makes_it_no_later() {
        nanos = 5 * SECOND;
        DatabaseClock late =
                new DatabaseClock(() -> nanos, new FirstRenewal(2 * MILLI, 0, 6 * MILLI, NOON.plusNanos(5 * MILLI)));
        assertThat(error(late)).isEqualTo(Duration.ofMillis(1));
    }

    @Test
    void each_renewal_that_is_answered_faster_makes_it_more_exact() {
        DatabaseClock renewed =
                new DatabaseClock(() -> nanos, new FirstRenewal(0, 0, 84 * MILLI, NOON.plusNanos(1 * MILLI)));
        nanos = 100 * MILLI;
        assertThat(error(renewed)).isEqualTo(Duration.ofMillis(41));
        renew(renewed, 8 * MILLI, 2 * MILLI);
        Duration refined = error(renewed);
        assertThat(refined).isLessThanOrEqualTo(Duration.ofMillis(5));
        renew(renewed, 1 * MILLI, 60 * MILLI);
        assertThat(error(renewed)).as("slower, and no proof").isEqualTo(refined);
        for (int renewal = 0; renewal < 1000; renewal++) {
            nanos += 3 * SECOND;
            renew(renewed, MILLI / 2, MILLI / 4);
        }
        assertThat(error(renewed)).isLessThanOrEqualTo(Duration.ofNanos(MILLI / 8));
    }

    @Test
    void an_answer_that_proves_it_wrong_is_taken_however_long_it_took() {
        nanos = 10 * SECOND;
        clock.set(NOON.plusSeconds(11), nanos - 2 * MILLI); // the database's clock runs faster than this machine's
        assertThat(clock.get()).isEqualTo(NOON.plusSeconds(11));
    }

    @Test
    void a_drift_of_this_machines_clock_is_followed_from_renewal_to_renewal() {
        DatabaseClock drifting = new DatabaseClock(() -> nanos + nanos / 10_000, new FirstRenewal(0, 0, NOON));
        for (int renewal = 0; renewal < 1000; renewal++) {
            nanos += 3 * SECOND;
            long askedAtNanos = nanos + nanos / 10_000;
            Instant read = NOON.plusNanos(nanos + MILLI);
            nanos += 2 * MILLI;
            drifting.set(read, askedAtNanos);
            assertThat(error(drifting)).isLessThanOrEqualTo(Duration.ofNanos(2 * MILLI));
        }
    }

    @Test
    void it_follows_a_clock_that_was_set_forward_or_far_back_at_once() {
        clock.set(NOON.plusSeconds(60), nanos);
        assertThat(clock.get()).isEqualTo(NOON.plusSeconds(60));
        clock.set(NOON.minusSeconds(3600), nanos);
        assertThat(clock.get()).isEqualTo(NOON.minusSeconds(3600));
    }
}
