package dev.entente.server.cli;

import dev.entente.core.transaction.VisibleText;
import dev.entente.server.app.Doctor;
import dev.entente.v1.DiagnoseRequest;
import dev.entente.v1.Diagnosis;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code entente doctor}. */
@Command(
        name = "doctor",
        description = "Report dangerous settings and states, with the line to change. Exit 1 if there is a finding.")
final class DoctorCommand extends ClientCommand {
    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Check this file, the environment, their database and participants, without a coordinator.")
    private @Nullable Path config;

    @Option(names = "--json", description = "Equals -o json.")
    private boolean json;

    @Override
    boolean printsJson() {
        return json || super.printsJson();
    }

    @Override
    int ask() {
        Diagnosis found =
                config == null ? operator().diagnose(DiagnoseRequest.getDefaultInstance()) : Doctor.of(config);
        print(found, DoctorCommand::text);
        return found.getFindingsCount() == 0 ? ExitCode.HELD : ExitCode.DOES_NOT_HOLD;
    }

    private static String text(Diagnosis found) {
        String lines = found.getFindingsList().stream()
                .map(finding -> VisibleText.of(finding.getWhat()) + "\n  effect: " + VisibleText.of(finding.getWhy())
                        + "\n  change: " + VisibleText.of(finding.getChange()))
                .collect(Collectors.joining("\n\n"));
        return lines.isEmpty() ? "no findings" : lines;
    }
}
