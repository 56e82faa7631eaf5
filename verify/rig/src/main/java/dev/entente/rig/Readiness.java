package dev.entente.rig;

import java.time.Duration;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The time limit for processes to become ready and for other awaited conditions. The limit allows for slow machines,
 * and waiting prints notices. A process that ended is reported at once.
 */
public final class Readiness {
    /** A long limit: notices show that the wait continues, and the user can end it. */
    static final Duration STANDARD = Duration.ofMinutes(10);

    /** The interval of the notices during a wait. */
    static final Duration NOTICE = Duration.ofSeconds(20);

    private static final String PROPERTY = "entente.readyTimeoutSeconds";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--ready-timeout",
            paramLabel = "SECONDS",
            description = "The limit of each wait: for a process to become ready, or for a result (default: 600).")
    void set(int seconds) {
        if (seconds < 1) {
            throw new ParameterException(
                    spec.commandLine(), "--ready-timeout must be at least 1 second, was " + seconds);
        }
        System.setProperty(PROPERTY, Integer.toString(seconds));
    }

    /** Returns the limit from {@code --ready-timeout}; ten minutes by default. */
    public static Duration limit() {
        return Duration.ofSeconds(Long.getLong(PROPERTY, STANDARD.toSeconds()));
    }
}
