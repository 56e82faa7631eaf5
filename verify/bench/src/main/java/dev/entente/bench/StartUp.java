package dev.entente.bench;

import dev.entente.bench.load.EntenteServer;
import dev.entente.bench.process.BenchNode;
import dev.entente.bench.process.Peer;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/** Starts of one coordinator on a database that has its schema, with an AOT cache and without, in turns. */
final class StartUp implements Mode.Question {
    private static final String WITH = "with an AOT cache";
    private static final String WITHOUT = "without";
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @Override
    public void ask(Trial trial) throws IOException, SQLException, InterruptedException {
        Peer participant = trial.participant(EntenteServer.PARTICIPANT);
        Path cache = AotCache.train(trial, participant);
        String url = trial.database().create("entente");
        trial.node("first", url, participant, List.of()).end(LIMIT); // makes the schema
        for (int repeat = 0; repeat < trial.effort().repeats(); repeat++) {
            trial.add(WITHOUT, Trial.figures("ready_s", start(trial, url, participant, List.of())));
            trial.add(WITH, Trial.figures("ready_s", start(trial, url, participant, AotCache.use(cache))));
        }
        trial.ratio("start-aot-s", trial.tally().median(WITH, "ready_s"));
        trial.ratio("start-s", trial.tally().median(WITHOUT, "ready_s"));
    }

    private static double start(Trial trial, String url, Peer participant, List<String> jvmOptions)
            throws IOException, SQLException, InterruptedException {
        String name = jvmOptions.isEmpty() ? "without" : "cached";
        try (BenchNode node = trial.again(name, url, participant, jvmOptions)) {
            return node.startedWithin().toNanos() / 1e9;
        }
    }
}
