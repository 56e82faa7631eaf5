package dev.entente.bench;

import dev.entente.bench.load.ClosedLoop;
import dev.entente.bench.load.Loads;
import dev.entente.bench.load.RequestTemplate;
import dev.entente.bench.load.TransactionLoad;
import dev.entente.bench.process.BenchProcess;
import dev.entente.rig.Json;
import dev.entente.rig.ProcFs;
import java.io.IOException;
import java.io.PrintWriter;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/** The tools of a {@link Mode}: loads on processes, and the collected results. For one thread. */
final class Measurement {
    /** Transactions in flight in each window. */
    static final int IN_FLIGHT = 512;

    private static final Duration STOP_LIMIT = Duration.ofSeconds(90);

    private final TestBed bed;
    private final BenchScale scale;
    private final PrintWriter progress;
    private final CaseMedians tally = new CaseMedians();
    private final Map<String, Double> ratios = new LinkedHashMap<>();
    private final Map<String, Number> notes = new LinkedHashMap<>();
    private final List<String> problems = new ArrayList<>();

    Measurement(TestBed bed, BenchScale scale, PrintWriter progress) {
        this.bed = bed;
        this.scale = scale;
        this.progress = progress;
    }

    /** Measures and returns the report. Blocks. */
    BenchReport answer(Mode mode, RunConditions conditions) throws IOException, SQLException, InterruptedException {
        mode.question().ask(this);
        Map<String, @Nullable Object> settings = conditions.settings(bed);
        settings.putAll(Json.object(
                "mode", mode.printed(),
                "in_flight", IN_FLIGHT,
                "warm_up_s", scale.warmUp().toMillis() / 1e3,
                "window_s", scale.window().toMillis() / 1e3,
                "quick", scale.isQuick(),
                "open", scale.open(),
                "finished", scale.finished()));
        settings.putAll(notes);
        return new BenchReport(settings, scale.repeats(), tally, ratios, problems.size(), problems);
    }

    TestBed bed() {
        return bed;
    }

    BenchScale scale() {
        return scale;
    }

    // ---- loads

    /** Puts load on each coordinator alternately, for the length of the warm-up. */
    void warmUp(BenchProcess... nodes) throws InterruptedException {
        for (int i = 0; i < 2; i++) {
            for (BenchProcess node : nodes) {
                warmUp(saga(node), scale.warmUp().dividedBy(2));
            }
        }
    }

    /** Runs a load for {@code length} without measuring. */
    void warmUp(TransactionLoad load, Duration length) throws InterruptedException {
        stop("warm-up", begun(load, IN_FLIGHT, length));
    }

    /** Returns a load that has run for {@code rampUp}, and discards the latencies recorded so far. */
    private static ClosedLoop begun(TransactionLoad load, int inFlight, Duration rampUp) throws InterruptedException {
        ClosedLoop loop = new ClosedLoop(load, inFlight);
        loop.start();
        Thread.sleep(rampUp);
        loop.latencies();
        return loop;
    }

    /** Measures one window of sagas. */
    void window(String name, BenchProcess node) throws InterruptedException {
        window(name, saga(node));
    }

    /** Measures one window of another load. */
    void window(String name, TransactionLoad load) throws InterruptedException {
        ClosedLoop loop = begun(load, IN_FLIGHT, Schedule.RAMP);
        long began = System.nanoTime();
        long busy = ProcFs.machineBusyMicros();
        long before = loop.succeeded();
        Thread.sleep(scale.window());
        Histogram latencies = loop.latencies();
        long ended = loop.succeeded() - before;
        double perSecond = ended * 1e9 / (System.nanoTime() - began);
        double cpuMicros = (ProcFs.machineBusyMicros() - busy) / (double) Math.max(1, ended);
        stop(name, loop);
        double p50 = latencies.getValueAtPercentile(50) / 1e6;
        double p99 = latencies.getValueAtPercentile(99) / 1e6;
        add(name, figures("per_s", perSecond, "p50_ms", p50, "p99_ms", p99, "cpu_us", cpuMicros));
    }

    /**
     * Measures the calls that a participant receives in one window, from all callers. The window begins {@code rampUp}
     * after the load's start.
     */
    void calls(String name, TransactionLoad load, BenchProcess participant, Duration rampUp)
            throws InterruptedException {
        ClosedLoop loop = begun(load, IN_FLIGHT, rampUp);
        long began = System.nanoTime();
        long before = participant.calls();
        Thread.sleep(scale.window());
        double perSecond = (participant.calls() - before) * 1e9 / (System.nanoTime() - began);
        stop(name, loop);
        add(name, figures("calls_per_s", perSecond));
    }

    private static TransactionLoad saga(BenchProcess node) {
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

    // ---- results

    /** Returns figures from alternating names and numbers. */
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

    /** Adds a condition of the measurement to the report. */
    void note(String name, Number value) {
        notes.put(name, value);
    }

    void say(String what) {
        progress.println(what);
    }

    /** Reports a failure that makes the figures invalid. */
    void problem(String what) {
        problems.add(what);
        progress.println(what);
    }
}
