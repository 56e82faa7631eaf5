package dev.entente.server.cli;

import com.google.protobuf.util.Durations;
import dev.entente.server.cli.text.ExitCode;
import dev.entente.server.cli.text.Lines;
import dev.entente.v1.ListCoordinatorsRequest;
import dev.entente.v1.ListCoordinatorsResponse;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code entente coordinator}. */
@Command(
        name = "coordinator",
        description = "Look at the coordinators of one database.",
        mixinStandardHelpOptions = true,
        subcommands = CoordinatorCommand.Listing.class)
final class CoordinatorCommand extends CommandGroup {
    /** {@code list}. */
    @Command(name = "list", description = "List them.", mixinStandardHelpOptions = true)
    static final class Listing extends ClientCommand {
        @Override
        int run() {
            ListCoordinatorsResponse all = operator().listCoordinators(ListCoordinatorsRequest.getDefaultInstance());
            if (printsJson()) {
                print(all);
                return ExitCode.HELD;
            }
            List<List<String>> rows = all.getCoordinatorsList().stream()
                    .map(coordinator -> List.of(
                            coordinator.getNode(),
                            Long.toString(coordinator.getIncarnation()),
                            coordinator.getAddress(),
                            coordinator.getAlive() ? "alive" : "dead",
                            Durations.toString(coordinator.getLastBeatAge()),
                            Long.toString(coordinator.getOpen()),
                            coordinator.getVersion()))
                    .toList();
            Lines.table(
                    out(), List.of("NODE", "INCARNATION", "ADDRESS", "STATUS", "LAST BEAT", "OPEN", "VERSION"), rows);
            return ExitCode.HELD;
        }
    }
}
