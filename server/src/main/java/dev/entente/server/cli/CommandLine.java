package dev.entente.server.cli;

import dev.entente.server.app.Server;
import dev.entente.server.app.Version;
import dev.entente.server.telemetry.ForeignLog;
import io.grpc.netty.shaded.io.netty.util.internal.logging.InternalLoggerFactory;
import io.grpc.netty.shaded.io.netty.util.internal.logging.JdkLoggerFactory;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.bridge.SLF4JBridgeHandler;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

/**
 * The root of the command line. Without a command it prints the usage and ends with 2.
 *
 * <p>This command, {@code tx}, {@code tx describe} and the options of all commands that ask a coordinator are declared
 * in code. Reading annotations takes picocli longer than all else that {@code tx describe} does; the other commands
 * have them.
 */
public final class CommandLine extends CommandGroup {
    static {
        // picocli would look in vain for a class of Groovy, which opens the whole jar, and make converters of a dozen
        // types of java.sql and java.time, which no option has.
        System.setProperty("picocli.disable.closures", "true");
        System.setProperty("picocli.converters.excludes", "java.(sql|time).*");
    }

    /** In the order of the usage. */
    private static final Map<String, Supplier<Object>> COMMANDS = commands();

    static final String LEAK_DETECTION = "io.grpc.netty.shaded.io.netty.leakDetection.level";

    private CommandLine() {}

    private static CommandSpec declare() {
        CommandLine command = new CommandLine();
        command.spec =
                CommandSpec.wrapWithoutInspection(command).name("entente").versionProvider(new Versions());
        command.spec
                .usageMessage()
                .description("Coordinates transactions across services: sagas, TCC and two-phase commit, durable and"
                        + " recovering.");
        HelpOptions.addTo(command.spec);
        return command.spec;
    }

    /** Runs the command that {@code args} name and ends the process with its exit code. */
    public static void main(String[] args) {
        if (args.length > 0 && args[0].equals("server")) {
            prepare();
            Server.preload();
        }
        var parser = parser(args);
        int exit = parser.execute(args);
        if (isQuestion(parser.getParseResult())) {
            // Nothing is left to end, and an orderly exit asks for a logger, which looks through the whole jar first.
            System.out.flush();
            System.err.flush();
            Runtime.getRuntime().halt(exit);
        }
        System.exit(exit);
    }

    /** Returns true where the command asks a coordinator. */
    private static boolean isQuestion(@Nullable ParseResult parsed) {
        ParseResult last = parsed;
        while (last != null && last.hasSubcommand()) {
            last = last.subcommand();
        }
        return last != null && last.commandSpec().userObject() instanceof ClientCommand;
    }

    /** Sets up what a process needs before it logs. */
    static void prepare() {
        // gRPC logs through java.util.logging; here it ends where all other logs do.
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        ForeignLog.watch();
        lookForNoLeaks();
    }

    /** Sets up a command that asks a coordinator. Its log starts when there is something to log. */
    static void prepareTransport() {
        InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
        LateLog.install();
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
        commands.put("tx", TxCommand::declare);
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
    public static picocli.CommandLine parser(String... args) {
        var parser = new picocli.CommandLine(declare());
        named(COMMANDS, args, 0).forEach((name, command) -> parser.addSubcommand(name, command.get()));
        var transactions = parser.getSubcommands().get("tx");
        if (transactions != null) {
            named(TxCommand.COMMANDS, args, 1)
                    .forEach((name, command) -> transactions.addSubcommand(name, command.get()));
        }
        addVersion(parser.getCommandSpec());
        return parser.setCaseInsensitiveEnumValuesAllowed(true).setExecutionStrategy(CommandLine::run);
    }

    /**
     * Runs the command that was parsed. One that asks a coordinator starts the log when there is something to log:
     * starting it takes as long as asking.
     */
    private static int run(ParseResult parsed) {
        if (!isQuestion(parsed)) {
            prepare();
        }
        return new RunLast().execute(parsed);
    }

    /** A command prints nothing for {@code --version} unless it has a version itself. */
    private static void addVersion(CommandSpec command) {
        command.versionProvider(new Versions());
        command.subcommands().values().forEach(subcommand -> addVersion(subcommand.getCommandSpec()));
    }

    /** Returns the one of {@code commands} that is at {@code place} of {@code args}, or all where none is. */
    private static Map<String, Supplier<Object>> named(
            Map<String, Supplier<Object>> commands, String[] args, int place) {
        Supplier<Object> command = args.length > place ? commands.get(args[place]) : null;
        return command != null ? Map.of(args[place], command) : commands;
    }

    /** Prints the program's version for {@code --version}. */
    static final class Versions implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"entente " + Version.text()};
        }
    }
}
