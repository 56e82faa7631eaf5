package dev.entente.server.cli;

import com.google.common.base.Throwables;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.server.app.Server;
import dev.entente.server.app.ValueParser;
import dev.entente.server.app.Version;
import dev.entente.server.telemetry.ForeignLog;
import dev.entente.server.telemetry.LogOutput;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.bridge.SLF4JBridgeHandler;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.TypeConversionException;

/** The root of the command line. Without a command it prints the usage and ends with exit code 2. */
@Command(
        name = "entente",
        description = "Coordinates transactions across services: sagas, TCC and two-phase commit, durable and with"
                + " recovery.",
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT)
public final class CommandLine extends CommandGroup {
    /** The commands in the order of the usage. */
    private static final List<Class<?>> COMMANDS = List.of(
            ServerCommand.class,
            MigrateCommand.class,
            DoctorCommand.class,
            RecoverCommand.class,
            TxCommand.class,
            TopicCommand.class,
            ParticipantCommand.class,
            ReconcileCommand.class,
            OutboxCommand.class,
            CoordinatorCommand.class,
            AuditCommand.class,
            TokenCommand.class,
            CompletionCommand.class);

    /** The exit code that a shell shows for a program that SIGPIPE ended. */
    private static final int BROKEN_PIPE = 141;

    static final String LEAK_DETECTION = "io.grpc.netty.shaded.io.netty.leakDetection.level";

    private CommandLine() {}

    /** Runs the command that {@code args} name and ends the process with its exit code. */
    public static void main(String[] args) {
        prepare();
        writeUnicode();
        String undecodable = undecodable(args, System.getenv());
        if (undecodable != null) {
            System.err.println(ErrorCode.BAD_VALUE.id() + ": " + undecodable + " is not text in "
                    + System.getProperty("sun.jnu.encoding")
                    + ", the encoding in which this JVM reads arguments and variables; set LC_ALL=C.UTF-8 and"
                    + " run the command again");
            System.exit(picocli.CommandLine.ExitCode.USAGE);
        }
        int exit = execute(args);
        LogOutput.close();
        System.exit(System.out.checkError() ? incomplete(exit) : exit);
    }

    /** Runs a command. Halts if the system refuses a thread or memory, because a normal exit may need both. */
    private static int execute(String[] args) {
        try {
            if (args.length > 0 && args[0].equals("server")) {
                Server.preload();
            }
            return parser(args)
                    .setExecutionExceptionHandler((failure, command, parsed) -> {
                        if (Throwables.getRootCause(failure) instanceof OutOfMemoryError error) {
                            throw error;
                        }
                        throw failure;
                    })
                    .execute(args);
        } catch (OutOfMemoryError exhausted) {
            System.err.println("the operating system refused a thread or memory: " + exhausted.getMessage()
                    + "; raise the limit of processes and threads (TasksMax, the pids limit of a container, ulimit -u)"
                    + " or of memory");
            Runtime.getRuntime().halt(ExitCode.UNREACHABLE);
            return ExitCode.UNREACHABLE;
        }
    }

    /** Returns the exit code of a command with unwritten output. A pipe changes the code 0 to SIGPIPE's code. */
    private static int incomplete(int exit) {
        if (isPipe()) {
            return exit == 0 ? BROKEN_PIPE : exit;
        }
        System.err.println(ErrorCode.BAD_VALUE.id() + ": standard output cannot be written (disk full?), so the output"
                + " is incomplete; find out the effect of the command before you run the command again");
        return exit == 0 ? picocli.CommandLine.ExitCode.USAGE : exit;
    }

    private static boolean isPipe() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString().startsWith("pipe:");
        } catch (IOException unknown) {
            return false;
        }
    }

    /** Replaces the output streams: the JVM would write "?" for each character that the locale's encoding lacks. */
    private static void writeUnicode() {
        System.setOut(new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8));
    }

    /** Returns the first argument or variable that the JVM could not decode, without a variable's value; else null. */
    private static @Nullable String undecodable(String[] args, Map<String, String> environment) {
        for (String argument : args) {
            if (isDamaged(argument)) {
                return "the argument '" + argument + "'";
            }
        }
        return environment.entrySet().stream()
                .filter(each -> each.getKey().startsWith("ENTENTE_") && isDamaged(each.getKey() + each.getValue()))
                .map(each -> "the value of the environment variable " + each.getKey())
                .findFirst()
                .orElse(null);
    }

    /** Returns whether a text is damaged. The JVM's decoder replaces undecodable bytes with U+FFFD. */
    private static boolean isDamaged(String text) {
        return text.indexOf('\uFFFD') >= 0
                || !StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }

    /** Configures the process before the first log message. */
    static void prepare() {
        // gRPC logs through java.util.logging; the bridge passes these logs to the common log.
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        ForeignLog.watch();
        lookForNoLeaks();
    }

    /**
     * Disables Netty's leak detection: records of one buffer in 128, 290 per second under load. A property enables it.
     */
    static void lookForNoLeaks() {
        if (System.getProperty(LEAK_DETECTION) == null) {
            System.setProperty(LEAK_DETECTION, "disabled");
        }
    }

    /**
     * Returns the parser of the command that {@code args} begin with, or of all commands if there is none. The parser's
     * output can be redirected. Reading the annotations of all commands took a third of a server's start.
     */
    public static picocli.CommandLine parser(String... args) {
        var parser = new picocli.CommandLine(new CommandLine());
        List<Class<?>> named = COMMANDS.stream()
                .filter(command -> args.length > 0
                        && command.getAnnotation(Command.class).name().equals(args[0]))
                .toList();
        (named.isEmpty() ? COMMANDS : named).forEach(parser::addSubcommand);
        addVersion(parser.getCommandSpec());
        return parser.registerConverter(Duration.class, CommandLine::duration)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOut(new PrintWriter(System.out, true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(System.err, true, StandardCharsets.UTF_8));
    }

    /** Sets the version in code: a command that inherits the annotation computes the version before it is needed. */
    private static void addVersion(CommandSpec command) {
        command.versionProvider(() -> new String[] {"entente " + Version.text()});
        command.subcommands().values().forEach(subcommand -> addVersion(subcommand.getCommandSpec()));
    }

    private static Duration duration(String text) {
        try {
            return ValueParser.duration(text);
        } catch (IllegalArgumentException bad) {
            throw new TypeConversionException("'" + text + "': " + bad.getMessage());
        }
    }
}
