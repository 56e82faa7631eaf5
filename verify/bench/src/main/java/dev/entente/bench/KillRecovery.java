package dev.entente.bench;

import dev.entente.bench.load.EntenteServer;
import dev.entente.bench.load.RequestTemplate;
import dev.entente.bench.process.BenchProcess;
import dev.entente.rig.SqlDatabase;
import dev.entente.rig.Wait;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A kill -9 with many open transactions, a restart with an AOT cache, and the recovery of these transactions. */
final class KillRecovery implements Mode.Question {
    private static final String NORMAL = "normal";
    private static final String AFTER = "after kill -9";
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final Duration POLL_INTERVAL = Duration.ofMillis(2);

    @Override
    public void ask(Measurement measurement) throws IOException, SQLException, InterruptedException {
        BenchProcess participant = measurement.bed().participant(EntenteServer.PARTICIPANT);
        List<String> cached = trainedCache(measurement, participant);
        SqlDatabase database = measurement.bed().database().create("entente");
        BenchProcess node = measurement.bed().node("entente", database, participant, cached);
        for (int repeat = 0; repeat < measurement.scale().repeats(); repeat++) {
            measurement.warmUp(node);
            measurement.window(NORMAL, node);
            fill(measurement, participant, node, database);
            node.kill();
            participant.letGo();
            node = restart(measurement, participant, database, cached);
        }
        measurement.ratio("recovery-first-call-s", measurement.tally().median(AFTER, "first_call_s"));
        measurement.ratio(
                "recovery-rate:saga512",
                measurement.tally().median(AFTER, "per_s") / measurement.tally().median(NORMAL, "per_s"));
    }

    /** Lets a coordinator under load write an AOT cache at its exit; returns the JVM options that use the cache. */
    private static List<String> trainedCache(Measurement measurement, BenchProcess participant)
            throws IOException, SQLException, InterruptedException {
        Path cache = measurement.bed().options().directory().resolve("entente-server.aot");
        // The JVM logs to standard error, because the first line on standard output must be the server's.
        List<String> recording = List.of("-XX:AOTCacheOutput=" + cache, "-Xlog:disable", "-Xlog:all=warning:stderr");
        SqlDatabase database = measurement.bed().database().create("training");
        BenchProcess node = measurement.bed().node("training", database, participant, recording);
        measurement.warmUp(node);
        node.end(LIMIT);
        return List.of("-XX:AOTCache=" + cache, "-Xlog:aot*=off");
    }

    private static void fill(Measurement measurement, BenchProcess participant, BenchProcess node, SqlDatabase database)
            throws InterruptedException, SQLException {
        int wanted = measurement.scale().open();
        participant.hang();
        OpenBacklog.submit(node, RequestTemplate.sagaAt(EntenteServer.PARTICIPANT), wanted);
        long open = OpenBacklog.open(database);
        if (open < wanted) {
            measurement.problem("only " + open + " of " + wanted + " transactions are open before the kill");
        }
    }

    private static BenchProcess restart(
            Measurement measurement, BenchProcess participant, SqlDatabase database, List<String> cached)
            throws IOException, SQLException, InterruptedException {
        long before = participant.calls();
        long open = OpenBacklog.open(database);
        long began = System.nanoTime();
        CompletableFuture<Long> firstCall = CompletableFuture.supplyAsync(() -> awaitCall(participant, before));
        EntenteServer server = measurement.bed().options().entente();
        List<String> again = server.arguments("entente", database, participant.port()).stream()
                .filter(argument -> !argument.equals("--migrate"))
                .toList();
        BenchProcess node = measurement.bed().node("entente", server, again, cached);
        long first = firstCall.join();
        OpenBacklog.awaitNone(database, LIMIT);
        double seconds = (System.nanoTime() - first) / 1e9;
        if (participant.calls() - before < 2 * open) {
            measurement.problem(
                    "the participant got " + (participant.calls() - before) + " calls of " + open + " sagas");
        }
        double ready = node.startedWithin().toMillis() / 1e3;
        double firstSeconds = (first - began) / 1e9;
        measurement.add(
                AFTER,
                Measurement.figures(
                        "open", open, "first_call_s", firstSeconds, "ready_s", ready, "per_s", open / seconds));
        return node;
    }

    private static long awaitCall(BenchProcess participant, long before) {
        try {
            Wait.until("a call after the start", LIMIT, POLL_INTERVAL, () -> participant.calls() > before);
            return System.nanoTime();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
