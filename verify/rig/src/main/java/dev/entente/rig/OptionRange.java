package dev.entente.rig;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Refuses option values with which a run would do no work or never end. */
public final class OptionRange {
    private static final int DAY_SECONDS = 24 * 60 * 60;

    private OptionRange() {}

    /** @throws ParameterException unless the value is within these bounds */
    public static void require(CommandSpec spec, String option, double value, double low, double high) {
        if (!(value >= low && value <= high)) {
            throw new ParameterException(
                    spec.commandLine(),
                    option + " must be " + text(low) + " to " + text(high) + ", was " + text(value));
        }
    }

    /** Requires a count of at least one and at most {@code most}. */
    public static void requireCount(CommandSpec spec, String option, int value, int most) {
        require(spec, option, value, 1, most);
    }

    /** Requires a number of seconds of at most one day. */
    public static void requireSeconds(CommandSpec spec, String option, double value, double low) {
        require(spec, option, value, low, DAY_SECONDS);
    }

    private static String text(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15 ? Long.toString((long) value) : "" + value;
    }
}
