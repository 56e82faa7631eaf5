package dev.entente.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.simulation.drawing.Drawing;
import dev.entente.simulation.world.Crasher;
import dev.entente.simulation.world.KillPoint;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** How seeds are drawn: half of them as it comes, half for what is rare. */
final class DrawnSeedsTest {
    private static final int MOST_DRAWS = 1000;

    @Test
    void whatever_is_arranged_by_a_seeds_remainder_meets_both_drawings() {
        for (int divisor = 1; divisor <= KillPoint.values().length; divisor++) {
            for (int remainder = 0; remainder < divisor; remainder++) {
                int by = divisor;
                int left = remainder;
                assertThat(LongStream.rangeClosed(1, 500).filter(seed -> seed % by == left))
                        .as("%d mod %d", left, by)
                        .extracting(Drawing::of)
                        .contains(Drawing.values());
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void each_crash_point_is_drawn(KillPoint point) {
        Random random = new Random(1);

        assertThat(IntStream.range(0, MOST_DRAWS).mapToObj(_ -> Crasher.drawn(random)))
                .anyMatch(drawn -> drawn.contains(point));
    }
}
