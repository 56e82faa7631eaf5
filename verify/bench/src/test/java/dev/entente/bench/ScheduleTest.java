package dev.entente.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ScheduleTest {
    private static final Schedule SCHEDULE = new Schedule(
            List.of(Subject.FLOOR_CALLS, Subject.FLOOR_RELAY, Subject.ENTENTE_SAGA),
            List.of(1, 64, 512),
            3,
            Duration.ofSeconds(2),
            Duration.ofSeconds(50));

    @Test
    void the_warm_up_is_spent_on_the_busy_loads_and_mostly_on_who_has_most_to_compile() {
        assertThat(SCHEDULE.warmUpInFlight()).containsExactly(64, 512);
        assertThat(SCHEDULE.warmUpOf(Subject.FLOOR_RELAY)).isEqualTo(Duration.ofMillis(1_250));
        assertThat(SCHEDULE.warmUpOf(Subject.ENTENTE_SAGA)).isEqualTo(Duration.ofMillis(3_750));
    }

    @Test
    void each_repeat_begins_with_another_subject() {
        assertThat(SCHEDULE.order(0)).startsWith(Subject.FLOOR_CALLS);
        assertThat(SCHEDULE.order(1)).startsWith(Subject.ENTENTE_SAGA).hasSize(3);
    }
}
