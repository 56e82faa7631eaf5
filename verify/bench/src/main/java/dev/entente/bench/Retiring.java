package dev.entente.bench;

import dev.entente.bench.load.EntenteServer;
import dev.entente.bench.process.BenchNode;
import dev.entente.bench.process.Peer;
import dev.entente.rig.Wait;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * Compares windows with and without finished rows that are due to be removed, in turns on one coordinator. There are
 * always more due than can be removed.
 */
final class Retiring implements Mode.Question {
    private static final String WITHOUT = "without";
    private static final String WITH = "while retention deletes";
    /** Past the fourteen days for which a coordinator keeps rows by default. */
    private static final Duration OLDEST = Duration.ofDays(21);

    private static final Duration YOUNGEST = Duration.ofDays(15);
    private static final String DUE =
            "select count(*) from finished_transaction where finished_at < now() - interval '14 days'";
    /** More than can be removed in a second, so that there is something to remove to the window's end. */
    private static final int DUE_PER_SECOND = 50_000;

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Duration GLANCE = Duration.ofMillis(100);

    @Override
    public void ask(Trial trial) throws IOException, SQLException, InterruptedException {
        Peer participant = trial.participant(EntenteServer.PARTICIPANT);
        String url = trial.database().create("entente");
        BenchNode node = trial.node("entente", url, participant, List.of());
        trial.warmUp(node);
        for (int repeat = 0; repeat < trial.effort().repeats(); repeat++) {
            Copies.vacuum(url); // of what the last round has removed; it would fall into the window that follows
            trial.window(WITHOUT, node);
            long due = DUE_PER_SECOND * (trial.effort().window().toSeconds() + 2);
            Copies.finished(url, due, OLDEST, YOUNGEST);
            Wait.until("retention begins", LIMIT, GLANCE, () -> OpenBacklog.count(url, DUE) < due);
            measure(trial, node, url);
            Wait.until("retention is through", LIMIT, GLANCE, () -> OpenBacklog.count(url, DUE) == 0);
        }
        trial.ratio("retention-saga512:without", trial.tally().ratio(WITH, WITHOUT, "per_s"));
        trial.ratio("retention-deleted:arrived", trial.tally().median("retention", "deleted_per_arrival"));
    }

    private static void measure(Trial trial, BenchNode node, String url) throws SQLException, InterruptedException {
        long before = OpenBacklog.count(url, DUE);
        long began = System.nanoTime();
        long arrived = trial.window(WITH, node);
        double seconds = (System.nanoTime() - began) / 1e9;
        long left = OpenBacklog.count(url, DUE);
        if (left == 0) {
            trial.problem("nothing was left to remove before the window's end");
        }
        double deleted = (double) before - left;
        trial.add(
                "retention",
                Trial.figures("deleted_per_s", deleted / seconds, "deleted_per_arrival", deleted / arrived));
    }
}
