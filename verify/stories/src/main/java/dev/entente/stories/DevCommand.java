package dev.entente.stories;

import dev.entente.rig.ChildFailure;
import dev.entente.rig.Playground;
import dev.entente.rig.Readiness;
import dev.entente.rig.Ready;
import dev.entente.rig.RigCoordinator;
import dev.entente.rig.RigVersion;
import dev.entente.rig.StreamOption;
import dev.entente.rig.Wait;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * The command that runs a coordinator and its database until Ctrl-C. A coordinator that ends by itself is restarted.
 * Exit code 1: the coordinator ended too often soon after its start.
 */
@Command(
        name = "dev",
        description = "Runs a coordinator with an embedded PostgreSQL until Ctrl-C.",
        mixinStandardHelpOptions = true,
        versionProvider = RigVersion.class)
final class DevCommand implements Callable<Integer> {
    private static final Duration FOREVER = Duration.ofDays(10_000);
    /** A coordinator that was ready for longer than this resets the count of early ends. */
    private static final Duration EARLY = Duration.ofSeconds(20);

    private static final int MAX_EARLY_ENDS = 5;
    private static final long FIRST_PAUSE_MILLIS = 100;

    @Option(
            names = "--port",
            description = "The gRPC port; 0 = any free port, also for HTTP. Default: ${DEFAULT-VALUE}.",
            defaultValue = "7790")
    private int grpcPort;

    @Option(
            names = "--http-port",
            description = "The HTTP port; 0 = any free port. Default: ${DEFAULT-VALUE}.",
            defaultValue = "7789")
    private int httpPort;

    @Option(
            names = "--participant",
            paramLabel = "NAME=TARGET",
            description = "A participant that plans may name, at host:port or http://host:port; repeatable. Other"
                    + " participants on this machine may announce themselves.")
    private Map<String, String> participants = Map.of();

    @Mixin
    private StreamOption stream = new StreamOption();

    @Mixin
    @SuppressWarnings("UnusedVariable") // present for its option only
    private Readiness readiness = new Readiness();

    @Option(
            names = "--data",
            paramLabel = "FOLDER",
            description = "Keeps the database in this folder for the next run. Default: deletes the database at exit.")
    private @Nullable Path data;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "A setting of the coordinator, as for `server`; repeatable.")
    private Map<String, String> settings = Map.of();

    @Option(names = "--config", paramLabel = "FILE", description = "A file with settings, as for `server`.")
    private @Nullable Path config;

    @Option(names = "--json", description = "Prints one line of JSON instead of a banner.")
    private boolean json;

    @Override
    public Integer call() throws Exception {
        Path lasting = data;
        Map<String, String> options = new HashMap<>(stream.configuration());
        options.put("--take-announcements", "");
        settings.forEach((key, value) -> options.put("--set=" + key + "=" + value, ""));
        if (config != null) {
            options.put(RigCoordinator.CONFIG, config.toAbsolutePath().toString());
        }
        try (Playground playground = lasting == null ? Playground.open() : Playground.lasting(lasting)) {
            RigCoordinator coordinator =
                    playground.startCoordinator("dev", grpcPort, grpcPort == 0 ? 0 : httpPort, participants, options);
            System.out.println(json ? coordinator.ready().toJson() : banner(coordinator.ready(), playground));
            return restart(coordinator, playground);
        }
    }

    /** Restarts the coordinator on its ports whenever it ends, until Ctrl-C or too many early ends in a row. */
    private static int restart(RigCoordinator coordinator, Playground playground)
            throws IOException, InterruptedException {
        int earlyEnds = 0;
        long began = System.nanoTime();
        while (true) {
            coordinator.awaitEnd(FOREVER);
            if (playground.isClosing()) {
                return 0;
            }
            earlyEnds = System.nanoTime() - began < EARLY.toNanos() ? earlyEnds + 1 : 1;
            if (earlyEnds > MAX_EARLY_ENDS) {
                playground.keepFolder();
                System.err.println("the coordinator ended " + earlyEnds + " times soon after its start; its log is in "
                        + playground.folder() + "; the end of the log:\n" + coordinator.logEnd());
                return 1;
            }
            System.err.println("the coordinator ended by itself; starting it again");
            long pause = FIRST_PAUSE_MILLIS << earlyEnds;
            Wait.pause(Duration.ofMillis(ThreadLocalRandom.current().nextLong(pause / 2, pause)));
            startAgain(coordinator);
            began = System.nanoTime();
        }
    }

    private static void startAgain(RigCoordinator coordinator) throws IOException, InterruptedException {
        try {
            Ready ready = coordinator.start(Map.of());
            System.err.println("the coordinator is ready again: gRPC " + ready.grpc() + ", pid " + ready.pid());
        } catch (ChildFailure ended) {
            System.err.println(ended.getMessage());
        }
    }

    private String banner(Ready ready, Playground playground) {
        String end = data == null ? "deletes the database" : "keeps the database for the next run";
        return """
            Entente is ready (in %d ms)
              gRPC       %s
              console    http://%s/  (same port: JSON over HTTP, /livez /readyz /metrics)
              database   %s
              schema     %s
              recovered  %d open transactions
              logs       %s
            Ctrl-C stops it and %s.\
            """.formatted(
                        ready.readyMs(),
                        ready.grpc(),
                        ready.http(),
                        ready.jdbc(),
                        ready.schema(),
                        ready.recovered(),
                        playground.folder(),
                        end);
    }
}
