package dev.entente.stories;

import dev.entente.rig.ChildFailure;
import dev.entente.rig.RigVersion;
import dev.entente.simulation.command.SimCommand;
import dev.entente.stories.demo.DemoCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The root of this module's commands. Without a command it prints the usage and returns exit code 2. */
@Command(
        name = "entente",
        description = "Runs Entente on this machine, with an embedded PostgreSQL.",
        mixinStandardHelpOptions = true,
        versionProvider = RigVersion.class,
        subcommands = {DevCommand.class, DemoCommand.class, SimCommand.class})
public final class Stories implements Runnable {
    @Spec
    private CommandSpec spec;

    Stories() {}

    /** Runs the command in {@code args} and exits with the command's exit code. */
    public static void main(String[] args) {
        System.setProperty("logback.configurationFile", "tool-logback.xml");
        System.exit(new CommandLine(new Stories())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler(Stories::explain)
                .execute(args));
    }

    /** Prints why a process did not start, and returns its exit code, which is more specific than 1. */
    private static int explain(Exception problem, CommandLine command, CommandLine.ParseResult parsed)
            throws Exception {
        if (!(problem instanceof ChildFailure failure)) {
            throw problem;
        }
        command.getErr().println(failure.getMessage());
        return failure.exitCode();
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command");
    }
}
