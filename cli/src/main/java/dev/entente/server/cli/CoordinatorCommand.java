package dev.entente.server.cli;

import com.google.protobuf.util.Durations;
import dev.entente.v1.Coordinator;
import dev.entente.v1.ListCoordinatorsRequest;
import dev.entente.v1.ListCoordinatorsResponse;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code entente coordinator}. */
@Command(
        name = "coordinator",
        description = "Show the coordinators of one database.",
        subcommands = CoordinatorCommand.Listing.class)
final class CoordinatorCommand extends CommandGroup {
    @Command(name = "list", description = "List the coordinators.")
    static final class Listing extends ClientCommand {
        @Override
        int ask() {
            ListCoordinatorsResponse all = operator().listCoordinators(ListCoordinatorsRequest.getDefaultInstance());
            return print(
                    all,
                    "",
                    List.of("NODE", "INCARNATION", "ADDRESS", "STATUS", "LAST HEARTBEAT", "OPEN", "VERSION"),
                    all.getCoordinatorsList().stream()
                            .map(coordinator -> List.of(
                                    coordinator.getNode(),
                                    Long.toString(coordinator.getIncarnation()),
                                    coordinator.getAddress(),
                                    status(coordinator),
                                    Durations.toString(coordinator.getLastBeatAge()),
                                    Long.toString(coordinator.getOpen()),
                                    coordinator.getVersion())));
        }

        private static String status(Coordinator coordinator) {
            if (coordinator.getLeaseExpired()) {
                return "lease expired";
            }
            return coordinator.getAlive() ? "alive" : "failed or stopped";
        }
    }
}
