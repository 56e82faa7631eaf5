package dev.entente.bench;

import dev.entente.rig.OptionRange;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** The ranges of the bench's numbers. */
final class BenchRanges {
    private static final int MOST_IN_FLIGHT = 1_000_000;
    private static final double SHORTEST_WINDOW = 0.1;
    private static final List<String> COUNTS = List.of("--repeats", "--open", "--open-limit", "--finished", "--rows");

    private BenchRanges() {}

    /** @throws ParameterException for the first number beyond its range */
    static void check(CommandSpec spec, List<Integer> inFlight, @Nullable Double seconds, @Nullable Double warmUp) {
        inFlight.forEach(open -> OptionRange.requireCount(spec, "--in-flight", open, MOST_IN_FLIGHT));
        if (seconds != null) {
            OptionRange.requireSeconds(spec, "--seconds", seconds, SHORTEST_WINDOW);
        }
        if (warmUp != null) {
            OptionRange.requireSeconds(spec, "--warm-up", warmUp, 0);
        }
        for (String option : COUNTS) {
            Integer given = spec.findOption(option).getValue();
            if (given != null) {
                OptionRange.requireCount(spec, option, given, Integer.MAX_VALUE);
            }
        }
    }
}
