package dev.entente.server.cli;

import com.google.protobuf.util.Durations;
import dev.entente.server.cli.text.ExitCode;
import dev.entente.server.cli.text.Lines;
import dev.entente.server.cli.text.Timeline;
import dev.entente.v1.GetTransactionRequest;
import dev.entente.v1.Transaction;
import dev.entente.v1.View;
import java.time.Duration;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code entente tx describe}. Declared in code, as {@link CommandLine} tells. */
final class DescribeCommand extends ClientCommand {
    private final PositionalParamSpec gid = PositionalParamSpec.builder()
            .index("0")
            .arity("1")
            .required(true)
            .paramLabel("GID")
            .type(String.class)
            .build();
    private final OptionSpec wait = OptionSpec.builder("--wait")
            .paramLabel("DURATION")
            .type(Duration.class)
            .converters(new DurationReader())
            .description("Wait for the end first, at most 5m. Exit 1 if it ends ABORTED or is parked, 5 if it still"
                    + " runs.")
            .build();

    private DescribeCommand() {}

    static CommandSpec declare() {
        DescribeCommand command = new DescribeCommand();
        CommandSpec spec = CommandSpec.wrapWithoutInspection(command).name("describe");
        spec.usageMessage().description("Show one transaction with its timeline.");
        command.declaredAs(spec);
        spec.addPositional(command.gid).addOption(command.wait);
        HelpOptions.addTo(spec);
        return spec;
    }

    @Override
    int run() {
        String asked = gid.getValue();
        Duration patience = wait.getValue();
        GetTransactionRequest.Builder request = GetTransactionRequest.newBuilder()
                .setGid(asked)
                .setView(View.FULL)
                .setRenderJson(true);
        Transaction transaction = patiently(
                patience == null ? Duration.ZERO : patience,
                left -> transactions(left)
                        .getTransaction(
                                patience == null
                                        ? request.build()
                                        : request.setWait(Durations.fromMillis(left.toMillis()))
                                                .build()));
        if (printsJson()) {
            print(transaction);
        } else {
            Timeline.draw(transaction, out());
        }
        return patience == null ? ExitCode.HELD : Lines.exitCode(transaction);
    }
}
