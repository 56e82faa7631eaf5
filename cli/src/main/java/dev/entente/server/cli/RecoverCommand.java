package dev.entente.server.cli;

import dev.entente.v1.RecoverTransactionsRequest;
import dev.entente.v1.RecoverTransactionsResponse;
import java.io.Console;
import java.time.Duration;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code entente recover}. */
@Command(
        name = "recover",
        description = {
            "After a failover or a restore of the database: show the transactions that were parked because commits may"
                    + " be lost, and release them after a confirmation.",
            "Without a terminal, --yes is required."
        })
final class RecoverCommand extends ClientCommand {
    @Option(names = "--yes", description = "Release the transactions without a confirmation.")
    private boolean yes;

    @Option(
            names = "--reason",
            paramLabel = "TEXT",
            description = "The reason why the release is safe, which is stored in the audit.")
    private String reason = "";

    RecoverCommand() {
        // Longer than the coordinator waits for the database: the release of many transactions takes minutes.
        timeout = Duration.ofMinutes(35);
    }

    @Override
    int ask() {
        RecoverTransactionsRequest.Builder request = RecoverTransactionsRequest.newBuilder();
        RecoverTransactionsResponse found = operator().recoverTransactions(request.build());
        if (!printsJson()) {
            report(found);
        }
        if (found.getParked() > 0 && (yes || (!printsJson() && isAgreed()))) {
            request.setRelease(true).setReason(reason);
            print(operator().recoverTransactions(request.build()), reported -> reported.getReleased() + " released");
        } else if (printsJson()) {
            print(ProtoJson.of(found));
        }
        return ExitCode.HELD;
    }

    private void report(RecoverTransactionsResponse found) {
        print("database system " + found.getSystemIdentifier() + ", timeline " + found.getTimeline() + ": "
                + found.getParked() + " transactions are parked because the database may have lost commits");
        found.getGidsList().forEach(gid -> print("  " + gid));
        if (found.getParked() > found.getGidsCount()) {
            print("  … and " + (found.getParked() - found.getGidsCount()) + " more");
        }
    }

    @SuppressWarnings("SystemConsoleNull") // null without a terminal: before Java 22, and again from Java 25 on
    private boolean isAgreed() {
        Console console = System.console();
        if (console == null || !console.isTerminal()) {
            err().println("not released: there is no terminal for a confirmation; give --yes");
            return false;
        }
        return "yes"
                .equals(console.readLine(
                        "Release these transactions? Every step with an unknown outcome is called again. [yes/no] "));
    }
}
