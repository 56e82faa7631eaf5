package dev.entente.bench;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The bench's command. It prints the usage and ends with 2 when it is told nothing. */
@Command(
        name = "entente bench",
        description = "Measures Entente against its baselines.",
        mixinStandardHelpOptions = true)
public final class Bench implements Runnable {
    @Spec
    private CommandSpec spec;

    Bench() {}

    /** Runs the command that {@code args} name and ends the process with its exit code. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Bench()).execute(args));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command");
    }
}
