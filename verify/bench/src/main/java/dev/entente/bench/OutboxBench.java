package dev.entente.bench;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import dev.entente.bench.outbox.OutboxQueue;
import dev.entente.bench.outbox.OutboxSubject;
import dev.entente.bench.peer.TunedGrpc;
import dev.entente.bench.process.BenchDatabase;
import dev.entente.bench.process.Jvm;
import dev.entente.bench.process.MachineProbe;
import dev.entente.bench.process.Peer;
import dev.entente.rig.Wait;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Measures the messages that leave an outbox per second, by each {@link OutboxSubject} in turn. One window follows
 * another, so that a disturbance of the machine disturbs all alike. The same participant answers all of them; a full
 * queue is waiting before each window.
 */
final class OutboxBench {
    private static final Duration LONGEST_START = Duration.ofMinutes(1);
    private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();

    private final Options options;
    private final PrintWriter progress;
    private final Map<OutboxSubject, List<Double>> perSecond = new EnumMap<>(OutboxSubject.class);
    private final List<String> problems = new ArrayList<>();

    /**
     * The options of a run.
     *
     * @param directory an empty directory for the database; on the disk that is to be measured
     * @param subjects those to be measured
     * @param sentBehind how many sent messages lie behind each subject that has any
     */
    record Options(
            Path directory,
            List<String> jvmOptions,
            List<OutboxSubject> subjects,
            Duration window,
            int repeats,
            long sentBehind) {}

    OutboxBench(Options options, PrintWriter progress) {
        this.options = options;
        this.progress = progress;
        for (OutboxSubject subject : options.subjects()) {
            perSecond.put(subject, new ArrayList<>());
        }
    }

    /** Runs all of it, and returns the report; its {@code problems} are empty if the figures count. */
    JsonObject run() throws IOException, InterruptedException, SQLException {
        try (BenchDatabase database = BenchDatabase.start(options.directory());
                TunedGrpc grpc = new TunedGrpc();
                Peer participant = Peer.participant("answering", options.jvmOptions(), options.directory(), grpc);
                Peer hanging = Peer.participant("hanging", options.jvmOptions(), options.directory(), grpc)) {
            hanging.hang();
            double fsyncMillis = MachineProbe.fsyncMillis(options.directory());
            double commitMillis = database.commitMillis();
            measure(queues(database, participant, hanging), participant, database);
            return report(database, fsyncMillis, commitMillis);
        }
    }

    /** Sent messages are made once; each further subject that has any gets a copy of the database. */
    private List<OutboxQueue> queues(BenchDatabase database, Peer participant, Peer hanging) throws SQLException {
        List<OutboxQueue> queues = new ArrayList<>();
        Optional<OutboxSubject> original =
                options.subjects().stream().filter(OutboxSubject::hasSentBehind).findFirst();
        for (OutboxSubject subject : options.subjects()) {
            boolean isCopy =
                    subject.hasSentBehind() && original.filter(subject::equals).isEmpty();
            progress.println((isCopy ? "copying " : "making ")
                    + subject.printed()
                    + (subject.hasSentBehind() ? " with " + options.sentBehind() + " sent messages behind" : ""));
            String url = isCopy
                    ? database.copy(subject.database(), original.orElseThrow().database())
                    : database.create(subject.database());
            OutboxQueue queue = new OutboxQueue(subject, url, participant.channel(), hanging.channel());
            if (!isCopy) {
                queue.create(options.sentBehind());
            }
            queues.add(queue);
        }
        return queues;
    }

    /** One window of each warms up and does not count. */
    private void measure(List<OutboxQueue> queues, Peer participant, BenchDatabase database)
            throws IOException, InterruptedException, SQLException {
        for (int repeat = -1; repeat < options.repeats(); repeat++) {
            List<OutboxQueue> order = new ArrayList<>(queues);
            Collections.rotate(order, Math.max(0, repeat));
            for (OutboxQueue queue : order) {
                queue.fill(options.window().plus(Schedule.RAMP));
                database.checkpoint();
                double rate = window(queue, participant);
                if (repeat >= 0) {
                    windows(queue.subject()).add(rate);
                }
                progress.printf(
                        "%s %-12s %8.0f/s%n",
                        repeat < 0 ? "warm-up" : "measured", queue.subject().printed(), rate);
            }
        }
    }

    private double window(OutboxQueue queue, Peer participant) throws InterruptedException, SQLException {
        long sentBefore = queue.sent();
        long callsBefore = participant.calls();
        double rate;
        try (OutboxQueue.Emptying _ = queue.start()) {
            if (!Wait.until(LONGEST_START, () -> participant.calls() > callsBefore)) {
                problems.add(queue.subject().printed() + ": nothing was delivered within " + LONGEST_START);
            }
            pause(Schedule.RAMP);
            long first = participant.calls();
            long start = System.nanoTime();
            pause(options.window());
            rate = (participant.calls() - first) / ((System.nanoTime() - start) / 1e9);
        }
        long calls = participant.calls() - callsBefore;
        long sent = queue.sent() - sentBefore;
        if (calls != sent) {
            problems.add(queue.subject().printed() + ": " + calls + " calls, but " + sent + " messages marked as sent");
        }
        if (queue.ranDry()) {
            problems.add(queue.subject().printed() + ": the queue ran dry within the window");
        }
        return rate;
    }

    private JsonObject report(BenchDatabase database, double fsyncMillis, double commitMillis) throws SQLException {
        JsonObject settings = new JsonObject();
        settings.addProperty("cores", Runtime.getRuntime().availableProcessors());
        settings.addProperty("fsync_ms", BenchReport.rounded(fsyncMillis));
        settings.addProperty("commit_ms", BenchReport.rounded(commitMillis));
        settings.addProperty("jvm", Jvm.version());
        settings.addProperty("window_s", options.window().toMillis() / 1e3);
        settings.addProperty("payload_bytes", OutboxQueue.PAYLOAD_BYTES);
        settings.addProperty("sent_behind", options.sentBehind());
        settings.addProperty("relay", "defaults: one relay, 100 under way to one destination");
        JsonObject postgres = new JsonObject();
        database.settings().forEach(postgres::addProperty);
        settings.add("postgres", postgres);
        JsonObject report = new JsonObject();
        report.add("settings", settings);
        report.addProperty("repeats", options.repeats());
        report.add("rows", rows());
        report.add("ratios", ratios());
        JsonArray texts = new JsonArray();
        problems.forEach(texts::add);
        report.add("problems", texts);
        return report;
    }

    private JsonArray rows() {
        JsonArray rows = new JsonArray();
        perSecond.forEach((subject, rates) -> {
            JsonObject row = new JsonObject();
            row.addProperty("subject", subject.printed());
            row.addProperty("per_s", Math.round(median(rates)));
            JsonArray windows = new JsonArray();
            rates.forEach(rate -> windows.add(Math.round(rate)));
            row.add("windows", windows);
            rows.add(row);
        });
        return rows;
    }

    /** Medians of the quotients of windows that followed each other, not quotients of medians. */
    private JsonObject ratios() {
        JsonObject ratios = new JsonObject();
        ratio(ratios, OutboxSubject.RELAY, OutboxSubject.ONE_ROW);
        ratio(ratios, OutboxSubject.RELAY_BEHIND, OutboxSubject.RELAY);
        ratio(ratios, OutboxSubject.RELAY_KEYED, OutboxSubject.RELAY);
        ratio(ratios, OutboxSubject.RELAY_TEN, OutboxSubject.BATCH_TEN);
        ratio(ratios, OutboxSubject.RELAY_HANGING, OutboxSubject.BATCH_HANGING);
        ratio(ratios, OutboxSubject.RELAY_HANGING, OutboxSubject.RELAY_TEN);
        return ratios;
    }

    private void ratio(JsonObject ratios, OutboxSubject subject, OutboxSubject denominator) {
        if (perSecond.containsKey(subject) && perSecond.containsKey(denominator)) {
            ratios.addProperty(subject.printed() + ":" + denominator.printed(), quotient(subject, denominator));
        }
    }

    private double quotient(OutboxSubject subject, OutboxSubject denominator) {
        List<Double> pairs = new ArrayList<>();
        for (int i = 0; i < options.repeats(); i++) {
            pairs.add(windows(subject).get(i) / Math.max(1, windows(denominator).get(i)));
        }
        return BenchReport.rounded(median(pairs));
    }

    private List<Double> windows(OutboxSubject subject) {
        return Objects.requireNonNull(perSecond.get(subject));
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }

    private static void pause(Duration length) throws InterruptedException {
        boolean _ = new CountDownLatch(1).await(length.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** As JSON, or as lines for people. */
    static void tell(JsonObject report, boolean json, PrintWriter out) {
        if (json) {
            out.println(GSON.toJson(report));
            return;
        }
        out.println(GSON.toJson(report.get("settings")));
        report.getAsJsonArray("rows").forEach(row -> {
            JsonObject one = row.getAsJsonObject();
            out.printf(
                    "%-14s %8d messages/s  %s%n",
                    one.get("subject").getAsString(), one.get("per_s").getAsLong(), one.get("windows"));
        });
        report.getAsJsonObject("ratios")
                .entrySet()
                .forEach(ratio -> out.printf(
                        "%-22s %8.3f%n", ratio.getKey(), ratio.getValue().getAsDouble()));
        report.getAsJsonArray("problems").forEach(problem -> out.println(problem.getAsString()));
    }
}
