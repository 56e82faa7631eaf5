package dev.entente.server.app;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.bridge.SLF4JBridgeHandler;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The root of the command line. Without a command it prints the usage and ends with 2. */
@Command(
        name = "entente",
        description =
                "Coordinates transactions across services: sagas, TCC and two-phase commit, durable and recovering.",
        mixinStandardHelpOptions = true,
        versionProvider = CommandLine.Versions.class)
public final class CommandLine implements Runnable {
    /** In the order of the usage. */
    private static final Map<String, Supplier<Object>> COMMANDS = commands();

    @Spec
    private CommandSpec spec;

    static final String LEAK_DETECTION = "io.grpc.netty.shaded.io.netty.leakDetection.level";

    CommandLine() {}

    /** Runs the command that {@code args} name and ends the process with its exit code. */
    public static void main(String[] args) {
        prepare();
        if (args.length > 0 && args[0].equals("server")) {
            Server.preload();
        }
        System.exit(parser(args).execute(args));
    }

    /** Sets up what a process needs before its first command. */
    static void prepare() {
        // gRPC logs through java.util.logging; here it ends where all other logs do.
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        lookForNoLeaks();
    }

    /**
     * Netty makes a record of one buffer in 128 to find leaks, 290 a second under load. Whoever looks for one says so.
     */
    static void lookForNoLeaks() {
        if (System.getProperty(LEAK_DETECTION) == null) {
            System.setProperty(LEAK_DETECTION, "disabled");
        }
    }

    private static Map<String, Supplier<Object>> commands() {
        Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
        commands.put("server", ServerCommand::new);
        commands.put("migrate", MigrateCommand::new);
        commands.put("recover", RecoverCommand::new);
        commands.put("tx", TxCommand::new);
        commands.put("topic", TopicCommand::new);
        commands.put("participant", ParticipantCommand::new);
        commands.put("reconcile", ReconcileCommand::new);
        commands.put("outbox", OutboxCommand::new);
        commands.put("coordinator", CoordinatorCommand::new);
        commands.put("audit", AuditCommand::new);
        commands.put("token", TokenCommand::new);
        commands.put("completion", CompletionCommand::new);
        return commands;
    }

    /**
     * The parser of the command that {@code args} begin with, or of all where they begin with none; what it prints can
     * be redirected. Reading the annotations of all commands took a third of a server's start.
     */
    static picocli.CommandLine parser(String... args) {
        picocli.CommandLine parser = new picocli.CommandLine(new CommandLine());
        addCommands(parser, COMMANDS, args, 0);
        picocli.CommandLine transactions = parser.getSubcommands().get("tx");
        if (transactions != null) {
            addCommands(transactions, TxCommand.COMMANDS, args, 1);
        }
        return parser.setCaseInsensitiveEnumValuesAllowed(true);
    }

    /** Adds the one of {@code commands} that is at {@code place} of {@code args}, or all where none is. */
    private static void addCommands(
            picocli.CommandLine parser, Map<String, Supplier<Object>> commands, String[] args, int place) {
        commands.forEach((name, command) -> {
            boolean isAnother = args.length > place && commands.containsKey(args[place]) && !args[place].equals(name);
            if (!isAnother) {
                parser.addSubcommand(name, command.get());
            }
        });
    }

    @Override
    public void run() {
        throw new picocli.CommandLine.ParameterException(spec.commandLine(), "Missing command");
    }

    /** Prints the program's version for {@code --version}. */
    static final class Versions implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"entente " + Version.text()};
        }
    }
}
