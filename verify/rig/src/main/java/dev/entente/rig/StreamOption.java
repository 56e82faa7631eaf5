package dev.entente.rig;

import dev.entente.client.Entente;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * {@code --stream on|off}, for every command that starts a coordinator: of its calls, and of what clients submit to it.
 */
public final class StreamOption {
    /** The two words. */
    enum Choice {
        ON,
        OFF
    }

    @Option(
            names = "--stream",
            paramLabel = "on|off",
            description =
                    "Whether the coordinator calls participants, and clients submit, over streams. Default: as each"
                            + " does unless told.")
    private @Nullable Choice choice;

    /** None yet. */
    public StreamOption() {}

    /** A client of that coordinator that knows the shop's services by name. */
    public Entente connect(RigCoordinator coordinator, Shop shop) {
        Entente.Builder builder = Entente.builder(coordinator.ready().grpc());
        shop.targets().forEach(builder::participant);
        return on(builder).build();
    }

    /** Has a client submit over streams or not, as said. */
    public Entente.Builder on(Entente.Builder builder) {
        return choice == null ? builder : builder.stream(choice == Choice.ON);
    }

    /** Returns the settings that it adds to the coordinator's configuration. */
    public Map<String, String> configuration() {
        return choice == null ? Map.of() : Map.of("calls.stream", choice.name().toLowerCase(Locale.ROOT));
    }
}
