package dev.entente.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class RatiosTest {
    private static final List<Table.Row> ROWS = List.of(
            new Table.Row(Subject.FLOOR_CALLS, 512, figures(50_000, 10, 20)),
            new Table.Row(Subject.FLOOR_RELAY, 1, figures(5_000, 0.2, 100)),
            new Table.Row(Subject.HAND_NAIVE, 512, figures(1_000, 500, 1200)),
            new Table.Row(Subject.ENTENTE_SAGA, 1, figures(1_000, 1.2, 300)),
            new Table.Row(Subject.ENTENTE_SAGA, 512, figures(20_000, 25, 50)));

    @Test
    void ratios_are_computed_from_the_rows_in_their_names() {
        Map<String, Double> ratios = Ratios.of(ROWS, 0.4);

        assertThat(ratios)
                .containsEntry("saga512:hand-naive", 20.0)
                .containsEntry("cpu512:floor-calls", 2.5)
                .containsEntry("p99-saga512:p50", 2.0)
                .doesNotContainKeys("saga512:hand-good", "saga1:hand-naive", "tcc512:floor-relay");
        assertThat(ratios.get("p50-saga1:floor-relay+2-commits")).isEqualTo(1.2, within(1e-9));
    }

    @Test
    void only_measured_ratios_with_a_target_get_a_threshold() {
        Map<String, Threshold> musts =
                Threshold.of(Map.of("saga512:hand-naive", 11.9, "cpu512:floor-calls", 2.4, "other", 1.0));

        assertThat(musts)
                .containsExactly(
                        Map.entry("saga512:hand-naive", new Threshold(12, 11.9, false)),
                        Map.entry("cpu512:floor-calls", new Threshold(2.5, 2.4, true)));
    }

    @Test
    void the_median_of_an_even_count_is_the_mean_of_the_middle_two() {
        Figures median =
                Figures.median(List.of(figures(4, 1, 1), figures(1, 1, 1), figures(100, 1, 1), figures(2, 1, 1)));

        assertThat(median.perSecond()).isEqualTo(3);
    }

    private static Figures figures(double perSecond, double p50Millis, double cpuMicros) {
        return new Figures(
                perSecond, p50Millis, 2 * p50Millis, 3 * p50Millis, cpuMicros, Map.of(), Map.of(), 1400, 0.1, 0);
    }
}
