package dev.entente.server.cli;

import dev.entente.server.cli.text.ExitCode;
import dev.entente.server.cli.text.Lines;
import dev.entente.v1.ListParticipantsRequest;
import dev.entente.v1.ListParticipantsResponse;
import dev.entente.v1.Participant;
import dev.entente.v1.ProbeParticipantRequest;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code entente participant}. */
@Command(
        name = "participant",
        description = "Look at the participants as a coordinator sees them.",
        mixinStandardHelpOptions = true,
        subcommands = {ParticipantCommand.Listing.class, ParticipantCommand.Probing.class, ContractCommand.class})
final class ParticipantCommand extends CommandGroup {
    /** {@code list}. */
    @Command(name = "list", description = "List them.", mixinStandardHelpOptions = true)
    static final class Listing extends ClientCommand {
        @Override
        int run() {
            ListParticipantsResponse all = operator().listParticipants(ListParticipantsRequest.getDefaultInstance());
            if (printsJson()) {
                print(all);
                return ExitCode.HELD;
            }
            List<List<String>> rows = all.getParticipantsList().stream()
                    .map(participant -> List.of(
                            participant.getName(),
                            participant.getAddress(),
                            participant.getCircuit(),
                            Integer.toString(participant.getInFlight()),
                            participant.getLastError()))
                    .toList();
            Lines.table(out(), List.of("NAME", "ADDRESS", "CIRCUIT", "IN FLIGHT", "LAST ERROR"), rows);
            return ExitCode.HELD;
        }
    }

    /** {@code probe}. */
    @Command(
            name = "probe",
            description = "Ask one what it offers. Exit 1 if it cannot be reached.",
            mixinStandardHelpOptions = true)
    static final class Probing extends ClientCommand {
        @Parameters(paramLabel = "NAME", description = "Its name, or host:port where targets.allow permits.")
        private String name;

        @Override
        int run() {
            Participant participant = operator()
                    .probeParticipant(
                            ProbeParticipantRequest.newBuilder().setName(name).build());
            if (printsJson()) {
                print(participant);
            } else {
                out().println(participant.getName() + " at " + participant.getAddress()
                        + (participant.getReachable() ? " is there" : " cannot be reached")
                        + (participant.getLastError().isEmpty() ? "" : ": " + participant.getLastError()));
                participant.getMethodsList().forEach(method -> out().println("  " + method));
            }
            return participant.getReachable() ? ExitCode.HELD : ExitCode.DOES_NOT_HOLD;
        }
    }
}
