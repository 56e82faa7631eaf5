package dev.entente.server.app;

import org.slf4j.bridge.SLF4JBridgeHandler;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The root of the command line. Without a command it prints the usage and ends with 2. */
@Command(
        name = "entente",
        description = "Coordinates transactions across services: sagas and TCC, durable and recovering.",
        mixinStandardHelpOptions = true,
        versionProvider = CommandLine.Versions.class,
        subcommands = {
            ServerCommand.class,
            MigrateCommand.class,
            RecoverCommand.class,
            TxCommand.class,
            ParticipantCommand.class,
            CoordinatorCommand.class,
            AuditCommand.class,
            TokenCommand.class
        })
public final class CommandLine implements Runnable {
    @Spec
    private CommandSpec spec;

    CommandLine() {}

    /** Runs the command that {@code args} name and ends the process with its exit code. */
    public static void main(String[] args) {
        // gRPC logs through java.util.logging; here it ends where all other logs do.
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        System.exit(parser().execute(args));
    }

    /** The parser, to be given arguments; what it prints can be redirected. */
    static picocli.CommandLine parser() {
        return new picocli.CommandLine(new CommandLine()).setCaseInsensitiveEnumValuesAllowed(true);
    }

    @Override
    public void run() {
        throw new picocli.CommandLine.ParameterException(spec.commandLine(), "Missing command");
    }

    /** For {@code --version}. */
    static final class Versions implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"entente " + Version.text()};
        }
    }
}
