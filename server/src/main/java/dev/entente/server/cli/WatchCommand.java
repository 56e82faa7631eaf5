package dev.entente.server.cli;

import dev.entente.server.cli.text.Lines;
import dev.entente.v1.Transaction;
import dev.entente.v1.WatchTransactionRequest;
import io.grpc.StatusRuntimeException;
import java.security.SecureRandom;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code entente tx watch}. */
@Command(
        name = "watch",
        description =
                "Follow one transaction until it ends; one line for each change. Exit 1 if it ends ABORTED. A stream"
                        + " that breaks is opened again for as long as --timeout.",
        mixinStandardHelpOptions = true)
final class WatchCommand extends ClientCommand {
    @Parameters(paramLabel = "GID")
    private String gid;

    @Option(names = "--after-revision", paramLabel = "N", description = "Leave out what is known up to there.")
    private long afterRevision;

    @Override
    int run() {
        WatchTransactionRequest request = WatchTransactionRequest.newBuilder()
                .setGid(gid)
                .setAfterRevision(afterRevision)
                .build();
        ReopenedWatch watch = new ReopenedWatch(
                asked -> endlessTransactions().watchTransaction(asked), timeout(), new SecureRandom(), this::warn);
        return Lines.exitCode(watch.tell(request, this::show));
    }

    private void warn(StatusRuntimeException broken) {
        err().println("no news for now, asking again: " + broken.getStatus().getDescription());
        err().flush();
    }

    private void show(Transaction transaction) {
        if (printsJson()) {
            print(transaction);
            return;
        }
        String branches = transaction.getBranchesList().stream()
                .map(branch -> branch.getId() + " " + branch.getState().name())
                .collect(Collectors.joining(", "));
        out().println(Lines.summary(transaction) + "  [" + branches + "]");
        out().flush();
    }
}
