package dev.entente.server.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that has only subcommands. Without one it prints the usage and ends with 2. */
abstract class CommandGroup implements Runnable {
    /** Set by picocli in an annotated group; one that is declared in code sets it itself. */
    @Spec
    CommandSpec spec;

    @Override
    public final void run() {
        throw new ParameterException(spec.commandLine(), "Missing command");
    }
}
