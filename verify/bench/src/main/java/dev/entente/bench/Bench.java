package dev.entente.bench;

import dev.entente.bench.load.EntenteServer;
import dev.entente.bench.process.Jvm;
import dev.entente.rig.OptionRange;
import dev.entente.rig.RigVersion;
import dev.entente.rig.ServerJar;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The bench's command. Exit codes: 0; 1 for a failed transaction or a missed enforced target; 2 for wrong usage. */
@Command(
        name = "entente bench",
        description = "Measures Entente against its baselines, all on this machine and interleaved.",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        versionProvider = RigVersion.class)
public final class Bench implements Callable<Integer> {
    private static final int MAX_IN_FLIGHT = 1_000_000;
    private static final double SHORTEST_WINDOW = 0.1;

    @Spec
    private CommandSpec spec;

    @Option(names = "--quick", description = "Fewer and shorter windows: less than five minutes in all.")
    private boolean quick;

    @Option(names = "--json", description = "Prints one JSON object on standard output.")
    private boolean json;

    @Option(
            names = "--only",
            arity = "1..*",
            split = ",",
            paramLabel = "SUBJECT",
            description =
                    "Only these subjects: floor-calls, floor-relay, hand-naive, hand-good, entente, entente-stream,"
                            + " before; with -saga or -tcc only that pattern. Or one separate measurement: recovery,"
                            + " hung-participant, history, sdk.")
    private List<String> only = List.of();

    @Option(
            names = "--in-flight",
            split = ",",
            paramLabel = "N",
            defaultValue = "1,64,512",
            description = "Transactions that the client keeps in flight (default: ${DEFAULT-VALUE}).")
    private List<Integer> inFlight = List.of();

    @Option(names = "--seconds", description = "Length of one window (default: 10; 2.5 with --quick).")
    private @Nullable Double seconds;

    @Option(names = "--repeats", description = "Windows per figure (default: 5; 3 with --quick).")
    private @Nullable Integer repeats;

    @Option(names = "--warm-up", description = "Seconds of warm-up in all (default: 60).")
    private @Nullable Double warmUp;

    @Option(
            names = "--open",
            paramLabel = "N",
            description = "Open transactions in recovery and history (default: 100000) and hung-participant (2000).")
    private @Nullable Integer open;

    @Option(
            names = "--finished",
            paramLabel = "N",
            description = "Finished transactions in history (default: 10000000; 1000000 with --quick).")
    private @Nullable Integer finished;

    @Option(
            names = "--jvm-options",
            split = ",",
            defaultValue = "-Xmx1g," + EntenteServer.JVM_OPTIONS,
            description = "Options of every JVM that is measured, comma-separated (default: ${DEFAULT-VALUE}).")
    private List<String> jvmOptions = List.of();

    @Option(
            names = "--server-jar",
            description = "The built server (default: server/target/entente-server.jar of this checkout).")
    private @Nullable Path serverJar;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "A setting of the coordinator, as in its configuration file.")
    private List<String> settings = List.of();

    @Option(
            names = "--before-jar",
            description = "Another built server, measured in the same run as 'before', for a comparison.")
    private @Nullable Path beforeJar;

    @Option(
            names = "--before-set",
            paramLabel = "KEY=VALUE",
            description = "A setting of 'before'; without --before-jar, 'before' runs the same jar.")
    private List<String> beforeSettings = List.of();

    @Option(
            names = "--before-jvm-options",
            split = ",",
            description = "Options of the JVM of 'before' (default: the value of --jvm-options).")
    private List<String> beforeJvmOptions = List.of();

    @Option(
            names = "--work-dir",
            description = "The folder of the database during the run; determines the measured disk.")
    private Path workDirectory = Path.of(System.getProperty("java.io.tmpdir"));

    @Option(names = "--enforce", description = "Exits with 1 also if a target is missed.")
    private boolean enforce;

    Bench() {}

    /** Runs the bench with {@code args} and ends the process with the exit code. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Bench()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException, SQLException {
        checkRanges();
        Optional<Mode> mode = Arrays.stream(Mode.values())
                .filter(each -> only.contains(each.printed()))
                .findFirst();
        BenchScale scale = mode.map(this::scale).orElse(null);
        Schedule schedule = scale == null ? schedule() : null;
        TestBed bed = new TestBed(options(schedule == null || schedule.needsServer()));
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> closeQuietly(bed)));
        try (bed) {
            progress().println("starting PostgreSQL and the measured processes");
            bed.start();
            RunConditions conditions = RunConditions.measure(bed);
            return report(
                    schedule != null
                            ? BenchRun.compare(bed, conditions, schedule, progress())
                            : new Measurement(bed, Objects.requireNonNull(scale), progress())
                                    .answer(mode.orElseThrow(), conditions));
        }
    }

    private void checkRanges() {
        inFlight.forEach(open -> OptionRange.requireCount(spec, "--in-flight", open, MAX_IN_FLIGHT));
        if (seconds != null) {
            OptionRange.requireSeconds(spec, "--seconds", seconds, SHORTEST_WINDOW);
        }
        if (warmUp != null) {
            OptionRange.requireSeconds(spec, "--warm-up", warmUp, 0);
        }
        for (String option : List.of("--repeats", "--open", "--finished")) {
            Integer given = spec.findOption(option).getValue();
            if (given != null) {
                OptionRange.requireCount(spec, option, given, Integer.MAX_VALUE);
            }
        }
    }

    private BenchScale scale(Mode mode) {
        if (only.size() > 1) {
            throw new ParameterException(
                    spec.commandLine(), mode.printed() + " is measured by itself; use no other name in --only");
        }
        return new BenchScale(
                quick,
                open != null ? open : mode.open(),
                finished != null ? finished : quick ? 1_000_000 : 10_000_000,
                repeats(),
                window(),
                millis(warmUp != null ? warmUp : 20));
    }

    private int report(BenchReport report) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(report.toJson());
        } else {
            report.print(out);
        }
        boolean isMissed = report.musts().values().stream().anyMatch(must -> !must.ok());
        return report.errors() > 0 || (enforce && isMissed) ? 1 : 0;
    }

    private TestBed.Options options(boolean needsServer) throws IOException {
        List<String> jvm = Jvm.options(jvmOptions);
        EntenteServer entente = new EntenteServer(jar(needsServer), jvm, settings);
        Path directory = Files.createTempDirectory(workDirectory, "entente-bench");
        return new TestBed.Options(directory, jvm, entente, before(entente));
    }

    private PrintWriter progress() {
        return spec.commandLine().getErr();
    }

    private Schedule schedule() {
        List<Subject> subjects = Arrays.stream(Subject.values())
                .filter(subject -> !subject.isBefore() || comparesCoordinators())
                .filter(subject -> only.isEmpty() || only.stream().anyMatch(subject::isNamed))
                .toList();
        only.stream()
                .filter(name -> subjects.stream().noneMatch(subject -> subject.isNamed(name)))
                .findFirst()
                .ifPresent(name -> {
                    throw new ParameterException(spec.commandLine(), "no subject is named '" + name + "'; see --help");
                });
        return new Schedule(subjects, inFlight, repeats(), window(), millis(warmUp != null ? warmUp : 60));
    }

    private int repeats() {
        return repeats != null ? repeats : quick ? 3 : 5;
    }

    private Duration window() {
        return millis(seconds != null ? seconds : quick ? 2.5 : 10);
    }

    private boolean comparesCoordinators() {
        return beforeJar != null || !beforeSettings.isEmpty() || !beforeJvmOptions.isEmpty();
    }

    private @Nullable EntenteServer before(EntenteServer entente) {
        if (!comparesCoordinators()) {
            return null;
        }
        return new EntenteServer(
                beforeJar != null ? beforeJar.toAbsolutePath() : entente.jar(),
                beforeJvmOptions.isEmpty() ? entente.jvmOptions() : Jvm.options(beforeJvmOptions),
                beforeSettings);
    }

    private static Duration millis(double seconds) {
        return Duration.ofMillis(Math.round(seconds * 1000));
    }

    /** Returns the server's jar. The file may be missing unless {@code isNeeded}. */
    private Path jar(boolean isNeeded) {
        Path jar = serverJar != null ? serverJar.toAbsolutePath() : null;
        try {
            jar = jar == null ? ServerJar.find() : jar;
        } catch (IllegalStateException missing) {
            jar = Path.of("server/target/entente-server.jar").toAbsolutePath();
        }
        if (isNeeded && Files.notExists(jar)) {
            throw new ParameterException(
                    spec.commandLine(),
                    jar + " does not exist; build it (mvn -q -DskipTests package), use another with --server-jar,"
                            + " or exclude Entente with --only");
        }
        return jar;
    }

    private static void closeQuietly(AutoCloseable bed) {
        try {
            bed.close();
        } catch (Exception e) {
            System.err.println("could not clean up: " + e);
        }
    }
}
