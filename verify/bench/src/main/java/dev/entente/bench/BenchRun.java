package dev.entente.bench;

import dev.entente.bench.load.ClosedLoop;
import dev.entente.bench.load.RequestTemplate;
import dev.entente.bench.peer.PeerMain;
import dev.entente.bench.process.BenchDatabase;
import dev.entente.rig.Json;
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

/**
 * The execution of a {@link Schedule} on {@link SubjectProcesses}: the warm-up, then window after window, with the subjects
 * interleaved. Use an instance once, on one thread.
 */
final class BenchRun {
    private static final Duration STOP_LIMIT = Duration.ofSeconds(90);

    private static final Duration POLL = Duration.ofMillis(20);

    private final SubjectProcesses processes;
    private final BenchDatabase database;
    private final Schedule schedule;
    private final PrintWriter progress;
    private final List<String> problems = new ArrayList<>();
    private long errors;

    /** Starts the subjects of a schedule and measures them. Blocks until all windows are done. */
    static BenchReport compare(TestBed bed, RunConditions conditions, Schedule schedule, PrintWriter progress)
            throws IOException, InterruptedException, SQLException {
        SubjectProcesses processes = SubjectProcesses.start(bed, schedule.subjects());
        BenchRun run = new BenchRun(processes, bed.database(), schedule, progress);
        List<Table.Row> rows = run.rows();
        double outside = rows.stream()
                .mapToDouble(row -> row.figures().outsideCpuShare())
                .max()
                .orElse(0);
        Map<String, @Nullable Object> settings =
                conditions.settings(bed, "outside_cpu_share_max", BenchReport.rounded(outside));
        settings.putAll(Json.object(
                "hand_pool_size",
                PeerMain.POOL_SIZE,
                "plan_bytes",
                RequestTemplate.PLAN_BYTES,
                "step_request_bytes",
                RequestTemplate.stepBytes(),
                "warm_up_s",
                schedule.warmUp().toMillis() / 1e3,
                "window_s",
                schedule.window().toMillis() / 1e3,
                "ramp_s",
                Schedule.RAMP.toMillis() / 1e3));
        Map<String, Double> ratios = Ratios.of(rows, conditions.commitMillis());
        return new BenchReport(settings, schedule.repeats(), new Table(rows), ratios, run.errors, run.problems);
    }

    /** @param progress gets one line per window */
    private BenchRun(SubjectProcesses processes, BenchDatabase database, Schedule schedule, PrintWriter progress) {
        this.processes = processes;
        this.database = database;
        this.schedule = schedule;
        this.progress = progress;
    }

    /**
     * Measures all subjects. Returns a row per subject and number in flight that has figures from at least one window.
     */
    private List<Table.Row> rows() throws InterruptedException, SQLException {
        warmUp();
        database.checkpoint();
        Map<Subject, Map<Integer, List<Figures>>> windows = new LinkedHashMap<>();
        for (int repeat = 0; repeat < schedule.repeats(); repeat++) {
            for (int inFlight : schedule.inFlight()) {
                for (Subject subject : schedule.order(repeat)) {
                    progress.printf("repeat %d/%d  ", repeat + 1, schedule.repeats());
                    measure(subject, inFlight, schedule.window(), windows);
                }
            }
        }
        return rows(windows);
    }

    /** Warms up in rounds: in a single round the first subject would meet a colder client and participant. */
    private void warmUp() throws InterruptedException {
        if (schedule.warmUp().isZero()) {
            return;
        }
        progress.printf("warm-up: %d s in all%n", schedule.warmUp().toSeconds());
        for (int round = 0; round < Schedule.WARM_UP_ROUNDS; round++) {
            for (int inFlight : schedule.warmUpInFlight()) {
                for (Subject subject : schedule.order(round)) {
                    warmUp(subject, inFlight);
                }
            }
        }
    }

    private void warmUp(Subject subject, int inFlight) throws InterruptedException {
        long callsBefore = processes.participantCalls();
        ClosedLoop loop = new ClosedLoop(processes.load(subject), inFlight);
        loop.start();
        Thread.sleep(schedule.warmUpOf(subject));
        stop(subject, inFlight, loop, callsBefore);
    }

    private void measure(
            Subject subject, int inFlight, Duration length, Map<Subject, Map<Integer, List<Figures>>> windows)
            throws InterruptedException, SQLException {
        long callsBefore = processes.participantCalls();
        ClosedLoop loop = new ClosedLoop(processes.load(subject), inFlight);
        loop.start();
        Thread.sleep(Schedule.RAMP);
        loop.latencies();
        Mark start = Mark.take(processes, database, subject, loop);
        Thread.sleep(length);
        awaitOne(loop, start.succeeded());
        Histogram latencies = loop.latencies();
        Mark end = Mark.take(processes, database, subject, loop);
        Map<String, Double> rssMb = processes.rssMb(subject);
        stop(subject, inFlight, loop, callsBefore);
        if (loop.failed() > 0) {
            return; // The speed of a window with failures is not valid.
        }
        if (end.succeeded() == start.succeeded()) {
            problem(1, "%s with %d in flight: no transaction finished within %s".formatted(subject, inFlight, length));
            return;
        }
        Figures figures = start.until(end, latencies, rssMb);
        windows.computeIfAbsent(subject, _ -> new LinkedHashMap<>())
                .computeIfAbsent(inFlight, _ -> new ArrayList<>())
                .add(figures);
        report(subject, inFlight, figures);
    }

    /**
     * Extends a window in which no transaction has finished yet, for example on a busy machine. A figure needs at least
     * one finished transaction.
     */
    private static void awaitOne(ClosedLoop loop, long before) throws InterruptedException {
        long giveUpAt = System.nanoTime() + STOP_LIMIT.toNanos();
        while (loop.succeeded() == before && loop.failed() == 0 && System.nanoTime() < giveUpAt) {
            Thread.sleep(POLL);
        }
    }

    /** Waits for the transactions in flight, then compares the client's count with the participant's calls. */
    private void stop(Subject subject, int inFlight, ClosedLoop loop, long callsBefore) throws InterruptedException {
        if (!loop.stop(STOP_LIMIT)) {
            problem(
                    1,
                    "%s with %d in flight: transactions still open after %s".formatted(subject, inFlight, STOP_LIMIT));
        }
        if (loop.failed() > 0) {
            problem(
                    loop.failed(),
                    "%s with %d in flight: %d failed, the first with: %s"
                            .formatted(subject, inFlight, loop.failed(), loop.firstFailure()));
        }
        long calls = processes.participantCalls() - callsBefore;
        long expected = loop.succeeded() * subject.participantCalls();
        if (calls < expected) {
            problem(
                    expected - calls,
                    "%s with %d in flight: the participant received %d calls, %d transactions need %d"
                            .formatted(subject, inFlight, calls, loop.succeeded(), expected));
        }
    }

    private void problem(long count, String what) {
        errors += count;
        problems.add(what);
        progress.println(what);
    }

    private void report(Subject subject, int inFlight, Figures figures) {
        progress.printf(
                "%-18s %4d in flight %10.0f /s   p50 %8.3f ms   p99 %8.3f ms   %7.1f µs CPU%n",
                subject, inFlight, figures.perSecond(), figures.p50Millis(), figures.p99Millis(), figures.cpuMicros());
    }

    private List<Table.Row> rows(Map<Subject, Map<Integer, List<Figures>>> windows) {
        List<Table.Row> rows = new ArrayList<>();
        for (Subject subject : schedule.subjects()) {
            windows.getOrDefault(subject, Map.of())
                    .forEach(
                            (inFlight, figures) -> rows.add(new Table.Row(subject, inFlight, Figures.median(figures))));
        }
        return rows;
    }
}
