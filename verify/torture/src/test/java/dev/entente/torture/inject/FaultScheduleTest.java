package dev.entente.torture.inject;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class FaultScheduleTest {
    @Test
    void a_seed_reproduces_its_faults_and_another_seed_differs() {
        assertThat(FaultSchedule.draw(7, Duration.ofMinutes(5), _ -> true))
                .isEqualTo(FaultSchedule.draw(7, Duration.ofMinutes(5), _ -> true));
        assertThat(FaultSchedule.draw(7, Duration.ofMinutes(5), _ -> true))
                .isNotEqualTo(FaultSchedule.draw(8, Duration.ofMinutes(5), _ -> true));
    }

    @Test
    void an_hour_has_more_than_500_faults_of_every_class() {
        FaultSchedule hour = FaultSchedule.draw(1, Duration.ofHours(1), _ -> true);
        assertThat(hour.faults()).hasSizeGreaterThan(500);
        var classes = hour.faults().stream().map(fault -> fault.what().title()).collect(Collectors.toSet());
        for (Fault.Kind kind : Fault.Kind.values()) {
            assertThat(classes).contains(kind.title());
        }
        for (Fault.Side side : Fault.Side.values()) {
            assertThat(classes)
                    .anyMatch(title -> title.startsWith("line-" + side.name().toLowerCase(Locale.ROOT)));
        }
    }

    @Test
    void only_selected_faults_are_scheduled() {
        assertThat(FaultSchedule.draw(1, Duration.ofMinutes(5), title -> title.startsWith("failover"))
                        .faults())
                .isNotEmpty()
                .allMatch(fault -> fault.what() == Fault.Kind.FAILOVER);
    }

    @Test
    void faults_of_a_short_run_start_within_the_run_and_are_short() {
        for (int seed = 0; seed < 50; seed++) {
            assertThat(FaultSchedule.draw(seed, Duration.ofSeconds(40), _ -> true)
                            .faults())
                    .isNotEmpty()
                    .allMatch(fault -> fault.lasts().compareTo(Duration.ofSeconds(13)) < 0)
                    .allMatch(fault -> fault.at().compareTo(Duration.ofSeconds(40)) < 0);
        }
    }
}
