package dev.entente.bench;

import dev.entente.bench.load.EntenteServer;
import dev.entente.rig.RigVersion;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ./entente aot}: trains the server's AOT cache on an embedded PostgreSQL and leaves it beside the jar. */
@Command(
        name = "entente aot",
        description = {
            "Writes the server's AOT cache beside its jar: starts take about half as long with it.",
            "./entente uses it by itself until the jar is built anew. It fits this jar and this JDK; anything else"
                    + " starts without it."
        },
        sortOptions = false,
        mixinStandardHelpOptions = true,
        versionProvider = RigVersion.class)
public final class AotCommand implements Callable<Integer> {
    private static final String SUFFIX = ".jar";
    /** As the launcher starts it: the cache keeps objects of the heap, too. */
    private static final List<String> JVM = List.of(EntenteServer.JVM_OPTIONS.split(","));
    /** Long enough for the profiles of hot methods to be worth keeping. */
    private static final Duration LOAD = Duration.ofSeconds(20);

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--server-jar",
            description = "The built server (default: server/target/entente-server.jar of this checkout).")
    private @Nullable Path serverJar;

    AotCommand() {}

    /** Trains the cache and ends the process with 0, or 2 where there is no jar. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new AotCommand()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException, SQLException {
        Path jar = Checkout.serverJar(serverJar);
        if (!jar.toString().endsWith(SUFFIX) || Files.notExists(jar)) {
            throw new ParameterException(spec.commandLine(), jar + " is not there; build it or name another");
        }
        PrintWriter err = spec.commandLine().getErr();
        Path directory = Files.createTempDirectory("entente-aot");
        Effort effort = new Effort(true, 1, 1, 1, Duration.ZERO, LOAD);
        Path cache = Path.of(jar.toString().replaceFirst("\\.jar$", ".aot"));
        try (Trial trial = new Trial(
                new TestBed.Options(directory, JVM, new EntenteServer(jar, JVM, List.of()), null), effort, err)) {
            trial.start();
            Path trained = AotCache.train(trial, trial.participant(EntenteServer.PARTICIPANT));
            Path beside = cache.resolveSibling(cache.getFileName() + ".new");
            Files.copy(trained, beside, StandardCopyOption.REPLACE_EXISTING);
            Files.move(beside, cache, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        }
        spec.commandLine().getOut().println(cache);
        return 0;
    }
}
