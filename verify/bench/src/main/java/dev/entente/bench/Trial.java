package dev.entente.bench;

import com.google.gson.JsonObject;
import dev.entente.backends.Folders;
import dev.entente.bench.load.ClosedLoop;
import dev.entente.bench.load.EntenteServer;
import dev.entente.bench.load.Loads;
import dev.entente.bench.load.RequestTemplate;
import dev.entente.bench.load.TransactionLoad;
import dev.entente.bench.peer.TunedGrpc;
import dev.entente.bench.process.BenchDatabase;
import dev.entente.bench.process.BenchNode;
import dev.entente.bench.process.Peer;
import dev.entente.bench.process.ProcFs;
import dev.entente.rig.Resources;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * The means of a {@link Mode}: processes on demand, loads on them, and a place for results. For one thread, but for
 * {@link #close}.
 */
final class Trial implements AutoCloseable {
    /** Transactions in flight in each window. */
    static final int IN_FLIGHT = 512;

    private static final Duration STOP_LIMIT = Duration.ofSeconds(90);

    private final TestBed.Options options;
    private final Effort effort;
    private final PrintWriter progress;
    private final TunedGrpc grpc = new TunedGrpc();
    private final Resources resources = new Resources();
    private final CaseMedians tally = new CaseMedians();
    private final Map<String, Double> ratios = new LinkedHashMap<>();
    private final Map<String, List<String>> coordinators = new LinkedHashMap<>();
    private final JsonObject notes = new JsonObject();
    private final List<String> problems = new ArrayList<>();
    private @Nullable BenchDatabase database;

    Trial(TestBed.Options options, Effort effort, PrintWriter progress) {
        this.options = options;
        this.effort = effort;
        this.progress = progress;
    }

    void start() throws IOException, SQLException, InterruptedException {
        database = resources.add(() -> BenchDatabase.start(options.directory()));
    }

    Effort effort() {
        return effort;
    }

    Path directory() {
        return options.directory();
    }

    BenchDatabase database() {
        return Objects.requireNonNull(database, "not started");
    }

    // ---- processes

    Peer participant(String name) throws IOException, SQLException, InterruptedException {
        return resources.add(() -> Peer.participant(name, options.jvmOptions(), directory(), grpc));
    }

    /** The same over another gRPC, such as one with TLS. */
    Peer participant(String name, TunedGrpc over) throws IOException, SQLException, InterruptedException {
        return resources.add(() -> Peer.participant(name, options.jvmOptions(), directory(), over));
    }

    /** A relay to a participant, both over the same gRPC. */
    Peer relay(String name, Peer participant, TunedGrpc over) throws IOException, SQLException, InterruptedException {
        return resources.add(() -> Peer.relay(name, options.jvmOptions(), participant.port(), directory(), over));
    }

    /** A coordinator with further settings, which is called over {@code over}. */
    BenchNode node(String name, Peer participant, Map<String, String> settings, TunedGrpc over)
            throws IOException, SQLException, InterruptedException {
        List<String> arguments =
                new ArrayList<>(options.entente().arguments(database().create(name), participant.port()));
        settings.forEach((key, value) -> arguments.addAll(List.of("--set", key + "=" + value)));
        return node(name, arguments, List.of(), over);
    }

    /** A coordinator as the bench has it everywhere, with one participant whose limit is out of the way. */
    BenchNode node(String name, String jdbcUrl, Peer participant, List<String> jvmOptions)
            throws IOException, SQLException, InterruptedException {
        return node(name, options.entente().arguments(jdbcUrl, participant.port()), jvmOptions);
    }

    /** The same, started again where it has run before: with the schema as it is. */
    BenchNode again(String name, String jdbcUrl, Peer participant, List<String> jvmOptions)
            throws IOException, SQLException, InterruptedException {
        List<String> arguments = options.entente().arguments(jdbcUrl, participant.port());
        return node(name, EntenteServer.withoutMigration(arguments), jvmOptions);
    }

    /** A coordinator with these participants and its default settings. */
    BenchNode node(String name, String jdbcUrl, Map<String, Integer> participants)
            throws IOException, SQLException, InterruptedException {
        return node(name, options.entente().arguments(jdbcUrl, participants), List.of());
    }

    /** @param jvmOptions beside those of all JVMs, and stronger */
    private BenchNode node(String name, List<String> arguments, List<String> jvmOptions)
            throws IOException, SQLException, InterruptedException {
        return node(name, arguments, jvmOptions, grpc);
    }

    private BenchNode node(String name, List<String> arguments, List<String> jvmOptions, TunedGrpc over)
            throws IOException, SQLException, InterruptedException {
        List<String> all = new ArrayList<>(options.entente().jvmOptions());
        all.addAll(jvmOptions);
        List<String> named = EntenteServer.named(name, arguments);
        List<String> told = new ArrayList<>(all);
        told.addAll(named);
        coordinators.put(name, told);
        return resources.add(() -> BenchNode.start(name, all, named, directory(), over));
    }

    // ---- loads

    /** Loads each of the coordinators for the length of the warm-up, in turns. */
    void warmUp(BenchNode... nodes) throws InterruptedException {
        for (int i = 0; i < 2; i++) {
            for (BenchNode node : nodes) {
                ClosedLoop loop = new ClosedLoop(saga(node), IN_FLIGHT);
                loop.start();
                Thread.sleep(effort.warmUp().dividedBy(2));
                stop("warm-up", loop);
            }
        }
    }

    /** One window of sagas; returns how many ended, those before and after the window included. */
    long window(String name, BenchNode node) throws InterruptedException {
        return window(name, node, Map.of());
    }

    /** The same of sagas that carry these labels. */
    long window(String name, BenchNode node, Map<String, String> labels) throws InterruptedException {
        return window(name, Loads.entente(node.channel(), RequestTemplate.saga(labels)));
    }

    /** The same of another load. */
    long window(String name, TransactionLoad load) throws InterruptedException {
        ClosedLoop loop = new ClosedLoop(load, IN_FLIGHT);
        loop.start();
        Thread.sleep(Schedule.RAMP);
        loop.latencies();
        long began = System.nanoTime();
        long busy = ProcFs.machineBusyMicros();
        long before = loop.succeeded();
        Thread.sleep(effort.window());
        Histogram latencies = loop.latencies();
        long ended = loop.succeeded() - before;
        double perSecond = ended * 1e9 / (System.nanoTime() - began);
        double cpuMicros = (ProcFs.machineBusyMicros() - busy) / (double) Math.max(1, ended);
        stop(name, loop);
        add(
                name,
                figures(
                        "per_s",
                        perSecond,
                        "p50_ms",
                        latencies.getValueAtPercentile(50) / 1e6,
                        "p99_ms",
                        latencies.getValueAtPercentile(99) / 1e6,
                        "cpu_us",
                        cpuMicros));
        return loop.succeeded();
    }

    /**
     * One window of a load, from so long after its start: the calls that a participant gets meanwhile, whoever makes
     * them.
     */
    void calls(String name, TransactionLoad load, Peer participant, Duration rampUp) throws InterruptedException {
        ClosedLoop loop = new ClosedLoop(load, IN_FLIGHT);
        loop.start();
        Thread.sleep(rampUp);
        long began = System.nanoTime();
        long before = participant.calls();
        Thread.sleep(effort.window());
        double perSecond = (participant.calls() - before) * 1e9 / (System.nanoTime() - began);
        stop(name, loop);
        add(name, figures("calls_per_s", perSecond));
    }

    /** Runs a load for so long, and measures nothing. */
    void warmUp(TransactionLoad load, Duration length) throws InterruptedException {
        ClosedLoop loop = new ClosedLoop(load, IN_FLIGHT);
        loop.start();
        Thread.sleep(length);
        stop("warm-up", loop);
    }

    /** The median of how long one takes while no other is under way, in milliseconds. */
    double aloneMillis(String name, TransactionLoad load) throws InterruptedException {
        ClosedLoop loop = new ClosedLoop(load, 1);
        loop.start();
        Thread.sleep(Schedule.RAMP);
        loop.latencies();
        Thread.sleep(effort.window());
        Histogram latencies = loop.latencies();
        stop(name, loop);
        return latencies.getValueAtPercentile(50) / 1e6;
    }

    private static TransactionLoad saga(BenchNode node) {
        return Loads.entente(node.channel(), RequestTemplate.saga());
    }

    private void stop(String name, ClosedLoop loop) throws InterruptedException {
        if (!loop.stop(STOP_LIMIT)) {
            problem(name + ": transactions still open after " + STOP_LIMIT);
        }
        if (loop.failed() > 0) {
            problem("%s: %d failed, the first with: %s".formatted(name, loop.failed(), loop.firstFailure()));
        }
    }

    // ---- what comes out

    /** A name and a number in turns. */
    static Map<String, Double> figures(Object... namesAndValues) {
        Map<String, Double> figures = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            figures.put((String) namesAndValues[i], ((Number) namesAndValues[i + 1]).doubleValue());
        }
        return figures;
    }

    void add(String name, Map<String, Double> figures) {
        tally.add(name, figures);
        StringBuilder line = new StringBuilder("%-28s".formatted(name));
        figures.forEach((figure, value) -> line.append("  %s %.3f".formatted(figure, value)));
        progress.println(line);
    }

    CaseMedians tally() {
        return tally;
    }

    void ratio(String name, double value) {
        ratios.put(name, value);
    }

    Map<String, Double> ratios() {
        return ratios;
    }

    /** Something about the conditions that a reader has to know. */
    void note(String name, Number value) {
        notes.addProperty(name, value);
    }

    JsonObject notes() {
        return notes;
    }

    void say(String what) {
        progress.println(what);
    }

    /** Something failed that must not: the figures are worth nothing. */
    void problem(String what) {
        problems.add(what);
        progress.println(what);
    }

    List<String> problems() {
        return problems;
    }

    /** The command line of each coordinator, by its name. */
    Map<String, List<String>> coordinators() {
        return coordinators;
    }

    /** Ends every process and removes the directory. */
    @Override
    public void close() throws IOException {
        resources.close();
        grpc.close();
        Folders.delete(directory());
    }
}
