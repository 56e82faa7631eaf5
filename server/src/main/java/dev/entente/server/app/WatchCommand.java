package dev.entente.server.app;

import dev.entente.v1.Transaction;
import dev.entente.v1.WatchTransactionRequest;
import java.util.Iterator;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code entente tx watch}. */
@Command(
        name = "watch",
        description = "Follow one transaction until it ends; one line for each change. Exit 1 if it ends ABORTED.",
        mixinStandardHelpOptions = true)
final class WatchCommand extends ClientCommand {
    @Parameters(paramLabel = "GID")
    private String gid;

    @Option(names = "--after-revision", paramLabel = "N", description = "Leave out what is known up to there.")
    private long afterRevision;

    @Override
    int run() {
        Iterator<Transaction> changes = endlessTransactions()
                .watchTransaction(WatchTransactionRequest.newBuilder()
                        .setGid(gid)
                        .setAfterRevision(afterRevision)
                        .build());
        Transaction last = Transaction.getDefaultInstance();
        while (changes.hasNext()) {
            last = changes.next();
            show(last);
        }
        return Lines.exitCode(last);
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
