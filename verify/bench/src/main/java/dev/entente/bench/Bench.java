package dev.entente.bench;

import com.google.gson.JsonObject;
import dev.entente.backends.Folders;
import dev.entente.bench.load.EntenteServer;
import dev.entente.bench.load.OnOff;
import dev.entente.bench.outbox.OutboxSubject;
import dev.entente.bench.process.Jvm;
import dev.entente.rig.RigVersion;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The bench's command: ends with 0, 1 when a transaction failed or an enforced target was missed, 2 on wrong usage. */
@Command(
        name = "entente bench",
        description = "Measures Entente against its baselines, all on this machine and interleaved.",
        sortOptions = false,
        mixinStandardHelpOptions = true,
        versionProvider = RigVersion.class)
public final class Bench implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--quick", description = "Fewer and shorter windows: less than five minutes in all.")
    private boolean quick;

    @Option(names = "--json", description = "Print one JSON object on standard output.")
    private boolean json;

    @Option(
            names = "--only",
            arity = "1..*",
            split = ",",
            paramLabel = "SUBJECT",
            description =
                    "Only these: floor-calls, floor-relay, hand-naive, hand-good, entente, entente-stream, before;"
                        + " with -saga or -tcc only that pattern. Or one question of its own: recovery,"
                        + " hung-participant, heap, start, history, patterns, retention, labels, pair, gauges,"
                        + " guarded, service, outbox, which may be followed by those of its subjects that are wanted.")
    private List<String> only = List.of();

    @Option(
            names = "--in-flight",
            split = ",",
            paramLabel = "N",
            defaultValue = "1,64,512",
            description = "Transactions that the client keeps open (default: ${DEFAULT-VALUE}).")
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
            description =
                    "Open transactions in recovery, heap, history and gauges (default: 100000) and hung-participant"
                            + " (2000).")
    private @Nullable Integer open;

    @Option(
            names = "--open-limit",
            paramLabel = "N",
            description =
                    "What the coordinator may hold in memory (limits.open); in hung-participant a tenth of --open shows"
                            + " whether those that wait keep the others out.")
    private @Nullable Integer openLimit;

    @Option(
            names = "--finished",
            paramLabel = "N",
            description =
                    "Finished transactions in history, sent messages behind an outbox (default: 10000000; 1000000 with"
                            + " --quick).")
    private @Nullable Integer finished;

    @Option(
            names = "--rows",
            paramLabel = "N",
            description = "Finished transactions with labels in labels (default: 1000000; 100000 with --quick).")
    private @Nullable Integer rows;

    @Option(
            names = "--stream",
            paramLabel = "on|off",
            converter = OnOff.Words.class,
            defaultValue = "on",
            description = "Measure submits and calls over streams beside unary ones (default: on).")
    private OnOff stream = OnOff.ON;

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
            description = "Another built server, measured in the same run as 'before': what a change gains.")
    private @Nullable Path beforeJar;

    @Option(
            names = "--before-set",
            paramLabel = "KEY=VALUE",
            description = "A setting of 'before'; without --before-jar it runs the same jar.")
    private List<String> beforeSettings = List.of();

    @Option(
            names = "--before-jvm-options",
            split = ",",
            description = "Options of the JVM of 'before' (default: those of the others).")
    private List<String> beforeJvmOptions = List.of();

    @Option(
            names = "--work-dir",
            description = "Where the database lies during the run; decides the disk that is measured.")
    private Path workDirectory = Path.of(System.getProperty("java.io.tmpdir"));

    @Option(names = "--enforce", description = "End with 1 when a target is missed, too.")
    private boolean enforce;

    Bench() {}

    /** Runs the bench as {@code args} ask and ends the process with its exit code. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Bench()).execute(args));
    }

    @Override
    public Integer call() throws IOException, InterruptedException, SQLException {
        BenchRanges.check(spec, inFlight, seconds, warmUp);
        if (only.contains("outbox")) {
            return outbox();
        }
        Optional<Mode> mode = Arrays.stream(Mode.values())
                .filter(each -> only.contains(each.printed()))
                .findFirst();
        return mode.isPresent() ? answer(mode.get()) : compare();
    }

    private int answer(Mode mode) throws IOException, InterruptedException, SQLException {
        if (only.size() > 1) {
            throw new ParameterException(
                    spec.commandLine(), mode.printed() + " is measured by itself; name it alone after --only");
        }
        ModeRun run = new ModeRun(mode, options(true), effort(mode), progress());
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> closeQuietly(run.trial())));
        try (Trial _ = run.trial()) {
            progress().println("starting PostgreSQL and what " + mode.printed() + " needs");
            ModeReport report = run.run();
            PrintWriter out = spec.commandLine().getOut();
            if (json) {
                out.println(report.toJson());
            } else {
                report.print(out);
            }
            return exitCode(report.problems().size(), report.musts());
        }
    }

    /** Its subjects share nothing with the others but the machine. */
    private int outbox() throws IOException, InterruptedException, SQLException {
        List<OutboxSubject> subjects = outboxSubjects();
        Path directory = Files.createTempDirectory(workDirectory, "entente-bench");
        OutboxBench.Options options = new OutboxBench.Options(
                directory,
                Jvm.options(jvmOptions),
                subjects,
                millis(seconds != null ? seconds : 3),
                repeats(),
                finished != null ? finished : quick ? 1_000_000 : 10_000_000);
        CountDownLatch ended = new CountDownLatch(1);
        Thread measuring = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> end(measuring, ended)));
        try {
            JsonObject report = new OutboxBench(options, progress()).run();
            OutboxBench.tell(report, json, spec.commandLine().getOut());
            return report.getAsJsonArray("problems").isEmpty() ? 0 : 1;
        } finally {
            Folders.delete(directory);
            ended.countDown();
        }
    }

    private List<OutboxSubject> outboxSubjects() {
        try {
            return OutboxSubject.named(
                    only.stream().filter(name -> !name.equals("outbox")).toList());
        } catch (IllegalArgumentException unknown) {
            throw new ParameterException(spec.commandLine(), unknown.getMessage());
        }
    }

    /** On Ctrl-C: lets the thread that measures close what it opened. */
    private static void end(Thread measuring, CountDownLatch ended) {
        try {
            if (ended.getCount() > 0) {
                measuring.interrupt();
                boolean _ = ended.await(1, TimeUnit.MINUTES);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Effort effort(Mode mode) {
        return new Effort(
                quick,
                open != null ? open : mode.open(),
                mode == Mode.LABELS ? labelled() : finished != null ? finished : quick ? 1_000_000 : 10_000_000,
                repeats(),
                window(),
                millis(warmUp != null ? warmUp : 20));
    }

    private int labelled() {
        return rows != null ? rows : quick ? 100_000 : 1_000_000;
    }

    private int compare() throws IOException, InterruptedException, SQLException {
        Schedule schedule = schedule();
        TestBed.Options options = options(schedule.subjects().stream().anyMatch(Subject::isEntente));
        TestBed bed = new TestBed(options);
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> closeQuietly(bed)));
        try (bed) {
            progress().println("starting PostgreSQL and " + schedule.subjects());
            bed.start(schedule.subjects());
            return tell(measure(bed, options, schedule));
        }
    }

    private BenchReport measure(TestBed bed, TestBed.Options options, Schedule schedule)
            throws IOException, InterruptedException, SQLException {
        RunConditions settings = new RunConditions(bed, options, schedule);
        BenchRun run = new BenchRun(bed, schedule, progress());
        List<Row> rows = run.rows();
        Map<String, Double> ratios = Ratios.of(rows, settings.commitMillis());
        return new BenchReport(
                settings.toJson(rows),
                schedule.repeats(),
                rows,
                ratios,
                Threshold.of(ratios),
                run.errors(),
                run.problems());
    }

    private int tell(BenchReport report) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(report.toJson());
        } else {
            report.print(out);
        }
        return exitCode(report.errors(), report.musts());
    }

    private int exitCode(long errors, Map<String, Threshold> musts) {
        return errors > 0 || (enforce && musts.values().stream().anyMatch(must -> !must.ok())) ? 1 : 0;
    }

    private TestBed.Options options(boolean needsJar) throws IOException {
        List<String> jvm = Jvm.options(jvmOptions);
        List<String> all = new ArrayList<>(settings);
        if (openLimit != null) {
            all.add("limits.open=" + openLimit);
        }
        EntenteServer entente = new EntenteServer(jar(needsJar), jvm, List.copyOf(all));
        Path directory = Files.createTempDirectory(workDirectory, "entente-bench");
        return new TestBed.Options(directory, jvm, entente, before(entente));
    }

    private PrintWriter progress() {
        return spec.commandLine().getErr();
    }

    private Schedule schedule() {
        List<Subject> subjects = Arrays.stream(Subject.values())
                .filter(subject -> !subject.isBefore() || comparesCoordinators())
                .filter(subject -> stream == OnOff.ON || !subject.isStreamed())
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

    private Path jar(boolean isNeeded) {
        Path jar = Checkout.serverJar(serverJar);
        if (isNeeded && Files.notExists(jar)) {
            throw new ParameterException(
                    spec.commandLine(),
                    jar + " is not there; build it (mvn -q -DskipTests package), name another with --server-jar,"
                            + " or leave Entente out with --only");
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
