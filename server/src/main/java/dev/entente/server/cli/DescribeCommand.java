package dev.entente.server.cli;

import com.google.protobuf.util.Durations;
import dev.entente.server.cli.text.ExitCode;
import dev.entente.server.cli.text.Lines;
import dev.entente.server.cli.text.Timeline;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.Transaction;
import dev.entente.v1.View;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code entente tx describe}. */
@Command(name = "describe", description = "Show one transaction with its timeline.", mixinStandardHelpOptions = true)
final class DescribeCommand extends ClientCommand {
    @Parameters(paramLabel = "GID")
    private String gid;

    @Option(
            names = "--wait",
            paramLabel = "DURATION",
            converter = DurationReader.class,
            description = "Wait for the end first, at most 5m. Exit 1 if it ends ABORTED or is parked, 5 if it still"
                    + " runs.")
    private @Nullable Duration wait;

    @Override
    int run() {
        GetTransactionRequest.Builder request = GetTransactionRequest.newBuilder()
                .setGid(gid)
                .setView(View.FULL)
                .setRenderJson(true);
        Transaction transaction = patiently(
                wait == null ? Duration.ZERO : wait,
                left -> transactions(left)
                        .getTransaction(
                                wait == null
                                        ? request.build()
                                        : request.setWait(Durations.fromMillis(left.toMillis()))
                                                .build()));
        if (printsJson()) {
            print(transaction);
        } else {
            Timeline.draw(transaction, out());
        }
        return wait == null ? ExitCode.HELD : Lines.exitCode(transaction);
    }
}
