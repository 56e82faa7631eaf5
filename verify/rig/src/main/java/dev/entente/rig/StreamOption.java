package dev.entente.rig;

import dev.entente.client.Entente;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option {@code --stream on|off} of commands that start a coordinator, for its calls and clients' submissions. */
public final class StreamOption {
    /** The two values of the option. */
    enum Choice {
        ON,
        OFF
    }

    @Option(
            names = "--stream",
            paramLabel = "on|off",
            description = "Whether the coordinator calls participants, and clients submit, over streams. Default: the"
                    + " defaults of coordinator and client.")
    private @Nullable Choice choice;

    /** Creates the option without a value. */
    public StreamOption() {}

    /** Returns a client of that coordinator that knows the shop's services by name. */
    public Entente connect(RigCoordinator coordinator, Shop shop) {
        Entente.Builder builder = Entente.builder(coordinator.ready().grpc());
        shop.targets().forEach(builder::participant);
        return on(builder).build();
    }

    /** Applies the option, if it was given, to a client. */
    public Entente.Builder on(Entente.Builder builder) {
        return choice == null ? builder : builder.stream(choice == Choice.ON);
    }

    /** Returns the settings that this option adds to the coordinator's configuration. */
    public Map<String, String> configuration() {
        return choice == null ? Map.of() : Map.of("calls.stream", choice.name().toLowerCase(Locale.ROOT));
    }
}
