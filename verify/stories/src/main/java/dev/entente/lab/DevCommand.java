package dev.entente.lab;

import dev.entente.rig.Playground;
import dev.entente.rig.Readiness;
import dev.entente.rig.Ready;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.RigVersion;
import dev.entente.rig.StreamOption;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A coordinator and its database, until Ctrl-C. Exit 1: the coordinator ended by itself. */
@Command(
        name = "dev",
        description = "Runs a coordinator with an embedded PostgreSQL until Ctrl-C.",
        mixinStandardHelpOptions = true,
        versionProvider = RigVersion.class)
final class DevCommand implements Callable<Integer> {
    private static final Duration FOREVER = Duration.ofDays(10_000);

    @Option(
            names = "--port",
            description = "The gRPC port; 0 = any that is free, for HTTP too. Default: ${DEFAULT-VALUE}.",
            defaultValue = "7790")
    private int grpcPort;

    @Option(
            names = "--http-port",
            description = "0 = any that is free. Default: ${DEFAULT-VALUE}.",
            defaultValue = "7789")
    private int httpPort;

    @Option(
            names = "--participant",
            paramLabel = "NAME=HOST:PORT",
            description = "A participant that plans may name; repeatable.")
    private Map<String, String> participants = Map.of();

    @Mixin
    private StreamOption stream = new StreamOption();

    @Mixin
    @SuppressWarnings("UnusedVariable") // Its option is all that it is for.
    private Readiness readiness = new Readiness();

    @Option(names = "--json", description = "Prints one line of JSON instead of a banner.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        try (Playground playground = Playground.open()) {
            RigCoordinator coordinator = playground.startCoordinator(
                    "dev", grpcPort, grpcPort == 0 ? 0 : httpPort, participants, stream.configuration());
            System.out.println(json ? coordinator.ready().toJson() : banner(coordinator.ready(), playground));
            coordinator.awaitEnd(FOREVER);
            return playground.isClosing() ? 0 : complain(playground);
        }
    }

    private static int complain(Playground playground) {
        playground.keepFolder();
        System.err.println("the coordinator ended by itself; its log is in " + playground.folder());
        return 1;
    }

    private static String banner(Ready ready, Playground playground) {
        return """
            Entente is ready (in %d ms)
              gRPC       %s
              HTTP       http://%s  (/livez /readyz /metrics)
              database   %s
              schema     %s
              recovered  %d open transactions
              logs       %s
            Ctrl-C ends it and deletes the database.\
            """.formatted(
                        ready.readyMs(),
                        ready.grpc(),
                        ready.http(),
                        ready.jdbc(),
                        ready.schema(),
                        ready.recovered(),
                        playground.folder());
    }
}
