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
    void a_slow_response_does_not_set_the_clock_back() {
        nanos = 3 * SECOND;
        clock.set(NOON.plusSeconds(1), SECOND);
        assertThat(clock.get()).isEqualTo(NOON.plusSeconds(3));
    }

    @Test
    void the_clock_pauses_until_a_database_clock_set_back_catches_up() {
        nanos = 10 * SECOND;
        clock.set(NOON.plusSeconds(8), nanos);
        assertThat(clock.get()).isEqualTo(NOON.plusSeconds(10));
        nanos = 11 * SECOND;
        assertThat(clock.get()).isEqualTo(NOON.plusSeconds(10));
        nanos = 13 * SECOND;
        assertThat(clock.get()).isEqualTo(NOON.plusSeconds(11));
    }

    /**
     * Renews with a database clock that shows noon at zero nanoseconds and is read between the two parts of the round
     * trip.
     */
    private void renew(DatabaseClock renewed, long outbound, long inbound) {
        long askedAtNanos = nanos;
        Instant read = NOON.plusNanos(askedAtNanos + outbound);
        nanos += outbound + inbound;
        renewed.set(read, askedAtNanos);
    }

    private Duration error(DatabaseClock renewed) {
        return Duration.between(NOON.plusNanos(nanos), renewed.get()).abs();
    }

    @Test
    void a_delay_between_the_first_response_and_its_use_adds_no_error() {
        nanos = 5 * SECOND;
        DatabaseClock late =
                new DatabaseClock(() -> nanos, new FirstRenewal(2 * MILLI, 0, 6 * MILLI, NOON.plusNanos(5 * MILLI)));
        assertThat(error(late)).isEqualTo(Duration.ofMillis(1));
    }

    @Test
    void each_faster_renewal_makes_the_clock_more_exact() {
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
    void a_slow_response_that_proves_the_clock_wrong_is_applied() {
        nanos = 10 * SECOND;
        clock.set(NOON.plusSeconds(11), nanos - 2 * MILLI); // the database's clock runs faster than this machine's
        assertThat(clock.get()).isEqualTo(NOON.plusSeconds(11));
    }

    @Test
    void the_clock_corrects_the_drift_of_the_local_clock_at_each_renewal() {
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
    void the_clock_follows_a_database_clock_set_forward_or_far_back_at_once() {
        clock.set(NOON.plusSeconds(60), nanos);
        assertThat(clock.get()).isEqualTo(NOON.plusSeconds(60));
        clock.set(NOON.minusSeconds(3600), nanos);
        assertThat(clock.get()).isEqualTo(NOON.minusSeconds(3600));
    }
}
