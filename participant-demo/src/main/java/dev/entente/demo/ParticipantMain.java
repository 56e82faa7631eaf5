package dev.entente.demo;

import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Serves some services of the shop until the process is terminated. Prints one line of JSON when it is ready. */
@Command(
        name = "participant",
        description = "Runs the shop's services as participants of transactions.",
        mixinStandardHelpOptions = true)
public final class ParticipantMain implements Callable<Integer> {
    private static final int EXIT_FAILED = 1;
    private static final int EXIT_NO_DATABASE = 3;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--service",
            description = "order, stock, payment, points, shipping, account, east, west, customer, mail or all; may be"
                    + " repeated.",
            defaultValue = "all")
    private List<String> services = new ArrayList<>();

    @Option(names = "--port", description = "The gRPC port; 0 = any free port.", defaultValue = "0")
    private int port;

    @Option(names = "--or-any-port", description = "Uses any free port if --port is in use.")
    private boolean orAnyPort;

    @Option(
            names = "--jdbc",
            required = true,
            description = "Any database of the PostgreSQL server, such as "
                    + "jdbc:postgresql://127.0.0.1:5432/postgres?user=postgres; each service creates its own"
                    + " database there.")
    private String jdbc = "";

    @Option(names = "--lie", description = "Responds with OK and does nothing.")
    private boolean isFaulty;

    @Option(names = "--until-pid", description = "Exits when the process with this pid has ended.")
    private @Nullable Long untilPid;

    ParticipantMain() {}

    /** Serves until the process is terminated. Exit code 2: wrong usage; 3: the database is unreachable. */
    public static void main(String[] args) {
        System.setProperty("logback.configurationFile", "participant-logback.xml");
        System.exit(new CommandLine(new ParticipantMain())
                .setExecutionExceptionHandler(ParticipantMain::explain)
                .execute(args));
    }

    private static int explain(Exception problem, CommandLine command, CommandLine.ParseResult parsed) {
        command.getErr().println("participant: " + problem.getMessage());
        return problem instanceof SQLException ? EXIT_NO_DATABASE : EXIT_FAILED;
    }

    @Override
    public Integer call() throws Exception {
        List<ShopService> named = named();
        DemoParticipant participant = start(named);
        Runtime.getRuntime().addShutdownHook(new Thread(participant::close, "stop"));
        endWith(untilPid);
        System.out.println(readyLine(named, participant.port()));
        participant.awaitTermination();
        return 0;
    }

    /** Starts on {@code --port}, or on any free port if allowed. Only binding shows whether a port is free. */
    private DemoParticipant start(List<ShopService> named) throws IOException, SQLException {
        try {
            return DemoParticipant.start(named, port, jdbc, isFaulty);
        } catch (IOException taken) {
            if (!orAnyPort) {
                throw taken;
            }
            return DemoParticipant.start(named, 0, jdbc, isFaulty);
        }
    }

    private List<ShopService> named() {
        try {
            return ShopService.named(services);
        } catch (IllegalArgumentException unknown) {
            throw new ParameterException(spec.commandLine(), String.valueOf(unknown.getMessage()), unknown);
        }
    }

    /** Ends this process when the process {@code parent} has ended. Null: never. */
    static void endWith(@Nullable Long parent) {
        if (parent != null) {
            Thread.ofVirtual().name("until " + parent).start(() -> {
                // empty if that process has already ended
                ProcessHandle.of(parent).ifPresent(alive -> alive.onExit().join());
                System.exit(0);
            });
        }
    }

    private static String readyLine(List<ShopService> services, int port) {
        String names =
                services.stream().map(service -> '"' + service.label() + '"').collect(Collectors.joining(","));
        return "{\"services\":[%s],\"port\":%d,\"pid\":%d}"
                .formatted(names, port, ProcessHandle.current().pid());
    }
}
