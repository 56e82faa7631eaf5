package dev.entente.server.cli;

import com.google.protobuf.util.Durations;
import dev.entente.server.cli.text.ExitCode;
import dev.entente.server.cli.text.Lines;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.Transaction;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code entente tx abort}. */
@Command(
        name = "abort",
        description = "Undo everything, if that is still possible: before the pivot, and before it completes.",
        mixinStandardHelpOptions = true)
final class AbortCommand extends ClientCommand {
    @Parameters(paramLabel = "GID")
    private String gid;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why; stands in its history.")
    private String reason = "";

    @Option(
            names = "--wait",
            paramLabel = "DURATION",
            converter = DurationReader.class,
            description =
                    "Wait for the end, at most 5m. Exit 0 if it ends ABORTED, 1 if it is parked, 5 if it still runs.")
    private @Nullable Duration wait;

    @Override
    int run() {
        AbortTransactionRequest.Builder request =
                AbortTransactionRequest.newBuilder().setGid(gid).setReason(reason);
        Transaction transaction = patiently(
                wait == null ? Duration.ZERO : wait,
                left -> transactions(left)
                        .abortTransaction(
                                wait == null
                                        ? request.build()
                                        : request.setWait(Durations.fromMillis(left.toMillis()))
                                                .build()));
        printSummary(transaction);
        return wait == null || transaction.getState() == Transaction.State.ABORTED
                ? ExitCode.HELD
                : Lines.exitCode(transaction);
    }
}
