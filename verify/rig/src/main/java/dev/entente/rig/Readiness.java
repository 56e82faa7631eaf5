package dev.entente.rig;

import java.time.Duration;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * How long processes are given to become ready, and whatever a scenario awaits to come about. A slow machine is waited
 * for, and told to be; a process that ended is not.
 */
public final class Readiness {
    /** Generous: whoever waits is told that it goes on, and may end it. */
    static final Duration STANDARD = Duration.ofMinutes(10);

    /** How often it is told that a process is still waited for. */
    static final Duration NOTICE = Duration.ofSeconds(20);

    private static final String PROPERTY = "entente.readyTimeoutSeconds";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Option(
            names = "--ready-timeout",
            paramLabel = "SECONDS",
            description = "For each process to become ready, and for whatever is awaited of it (default: 600).")
    void set(int seconds) {
        if (seconds < 1) {
            throw new ParameterException(
                    spec.commandLine(), "--ready-timeout must be at least 1 second, was " + seconds);
        }
        System.setProperty(PROPERTY, Integer.toString(seconds));
    }

    /** The limit that {@code --ready-timeout} has set, else ten minutes. */
    public static Duration limit() {
        return Duration.ofSeconds(Long.getLong(PROPERTY, STANDARD.toSeconds()));
    }
}
