package dev.entente.server.cli;

import dev.entente.server.cli.text.ExitCode;
import dev.entente.v1.ForceFinishRequest;
import dev.entente.v1.Transaction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code entente tx force-finish}. */
@Command(
        name = "force-finish",
        description = "End it at once, whatever the participants did; marked as forced for ever.",
        mixinStandardHelpOptions = true)
final class ForceFinishCommand extends ClientCommand {
    /** How it can be made to end. */
    enum End {
        SUCCEEDED,
        ABORTED
    }

    @Parameters(paramLabel = "GID")
    private String gid;

    @Option(names = "--as", paramLabel = "SUCCEEDED|ABORTED", required = true, description = "How it ends.")
    private End as;

    @Option(names = "--reason", paramLabel = "TEXT", required = true, description = "Why; stands in the audit.")
    private String reason;

    @Override
    int run() {
        Transaction transaction = operator()
                .forceFinishTransaction(ForceFinishRequest.newBuilder()
                        .setGid(gid)
                        .setAs(Transaction.State.valueOf(as.name()))
                        .setReason(reason)
                        .build());
        printSummary(transaction);
        return ExitCode.HELD;
    }
}
