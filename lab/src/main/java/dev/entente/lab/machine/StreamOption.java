package dev.entente.lab.machine;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** {@code --stream on|off}, for every command that starts a coordinator. */
public final class StreamOption {
    /** The two words. */
    enum Choice {
        ON,
        OFF
    }

    @Option(
            names = "--stream",
            paramLabel = "on|off",
            description = "Whether the coordinator calls participants over streams. Default: as the coordinator does.")
    private @Nullable Choice choice;

    /** None yet. */
    public StreamOption() {}

    /** What it adds to the coordinator's configuration. */
    public Map<String, String> configuration() {
        return choice == null ? Map.of() : Map.of("calls.stream", choice.name().toLowerCase(Locale.ROOT));
    }
}
