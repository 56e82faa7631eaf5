package dev.entente.server.cli;

import dev.entente.core.transaction.VisibleText;
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
        description = "Show the participants as a coordinator sees them.",
        subcommands = {ParticipantCommand.Listing.class, ParticipantCommand.Probing.class, ContractCommand.class})
final class ParticipantCommand extends CommandGroup {
    @Command(name = "list", description = "List the participants.")
    static final class Listing extends ClientCommand {
        @Override
        int ask() {
            ListParticipantsResponse all = operator().listParticipants(ListParticipantsRequest.getDefaultInstance());
            return print(
                    all,
                    "",
                    List.of("NAME", "ADDRESS", "CIRCUIT", "IN FLIGHT", "NO RESPONSE SINCE", "LAST ERROR"),
                    all.getParticipantsList().stream()
                            .map(participant -> List.of(
                                    participant.getName(),
                                    participant.getAddress(),
                                    participant.getCircuit(),
                                    Integer.toString(participant.getInFlight()),
                                    participant.hasUnansweredSince()
                                            ? Lines.time(participant.getUnansweredSince())
                                            : "",
                                    participant.getLastError())));
        }
    }

    @Command(
            name = "probe",
            description = "Ask one participant for its methods. Exit 1 if the participant cannot be reached.")
    static final class Probing extends ClientCommand {
        @Parameters(paramLabel = "NAME", description = "The name, or host:port if targets.allow permits it.")
        private String name;

        @Override
        int ask() {
            ProbeParticipantRequest.Builder request = ProbeParticipantRequest.newBuilder();
            Participant participant =
                    operator().probeParticipant(request.setName(name).build());
            print(participant, Probing::text);
            return participant.getReachable() ? ExitCode.HELD : ExitCode.DOES_NOT_HOLD;
        }

        private static String text(Participant participant) {
            StringBuilder text = new StringBuilder(participant.getName() + " at " + participant.getAddress())
                    .append(participant.getReachable() ? " is reachable" : " cannot be reached")
                    .append(
                            participant.getLastError().isEmpty()
                                    ? ""
                                    : ": " + VisibleText.of(participant.getLastError()));
            participant.getMethodsList().forEach(method -> text.append("\n  ").append(VisibleText.of(method)));
            return text.toString();
        }
    }
}
