package dev.entente.server.cli;

import dev.entente.server.codec.ExamplePlan;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code entente tx example}: prints a plan to start from. */
@Command(name = "example", description = "Print a plan that the demo's participants understand.")
final class ExampleCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "saga|approval|tcc|two-phase|message|notification|http", description = "The pattern.")
    private ExamplePlan kind;

    @Option(
            names = "--gid",
            paramLabel = "GID",
            description = "Another gid, to submit the plan again as another transaction.")
    private @Nullable String gid;

    @Override
    public Integer call() {
        spec.commandLine().getOut().print(gid == null ? kind.text() : kind.text(gid));
        spec.commandLine().getOut().flush();
        return ExitCode.HELD;
    }
}
