package dev.entente.bench;

import dev.entente.bench.load.EntenteServer;
import dev.entente.bench.load.RequestTemplate;
import dev.entente.bench.process.BenchNode;
import dev.entente.bench.process.Peer;
import dev.entente.rig.Wait;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** kill -9 with many transactions open, a new start, and what comes of them. */
final class KillRecovery implements Mode.Question {
    private static final String NORMAL = "normal";
    private static final String AFTER = "after kill -9";
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final Duration GLANCE = Duration.ofMillis(2);

    @Override
    public void ask(Trial trial) throws IOException, SQLException, InterruptedException {
        Peer participant = trial.participant(EntenteServer.PARTICIPANT);
        Path cache = AotCache.train(trial, participant);
        String url = trial.database().create("entente");
        BenchNode node = trial.node("entente", url, participant, AotCache.use(cache));
        for (int repeat = 0; repeat < trial.effort().repeats(); repeat++) {
            trial.warmUp(node);
            trial.window(NORMAL, node);
            fill(trial, participant, node, url);
            node.kill();
            participant.letGo();
            node = restart(trial, participant, url, cache);
        }
        trial.ratio("recovery-first-call-s", trial.tally().median(AFTER, "first_call_s"));
        trial.ratio(
                "recovery-rate:saga512",
                trial.tally().median(AFTER, "per_s") / trial.tally().median(NORMAL, "per_s"));
    }

    private static void fill(Trial trial, Peer participant, BenchNode node, String url)
            throws InterruptedException, SQLException {
        int wanted = trial.effort().open();
        participant.hang();
        OpenBacklog.submit(node, RequestTemplate.sagaAt(EntenteServer.PARTICIPANT), wanted);
        long open = OpenBacklog.open(url);
        if (open < wanted) {
            trial.problem("only " + open + " of " + wanted + " transactions are open before the kill");
        }
    }

    private static BenchNode restart(Trial trial, Peer participant, String url, Path cache)
            throws IOException, SQLException, InterruptedException {
        long before = participant.calls();
        long open = OpenBacklog.open(url);
        long began = System.nanoTime();
        CompletableFuture<Long> firstCall = CompletableFuture.supplyAsync(() -> awaitCall(participant, before));
        BenchNode node = trial.again("entente", url, participant, AotCache.use(cache));
        long first = firstCall.join();
        OpenBacklog.awaitNone(url, LIMIT);
        double seconds = (System.nanoTime() - first) / 1e9;
        trial.say("row versions per transaction: %.2f, of them in place %.2f"
                .formatted(perOpen(url, "n_tup_upd", open), perOpen(url, "n_tup_hot_upd", open)));
        if (participant.calls() - before < 2 * open) {
            trial.problem("the participant saw " + (participant.calls() - before) + " calls of " + open + " sagas");
        }
        trial.add(
                AFTER,
                Trial.figures(
                        "open",
                        open,
                        "first_call_s",
                        (first - began) / 1e9,
                        "ready_s",
                        node.startedWithin().toMillis() / 1e3,
                        "per_s",
                        open / seconds));
        return node;
    }

    /** Returns PostgreSQL's counter for the open rows since they were made, with all repeats so far, per row. */
    private static double perOpen(String url, String counter, long open) throws SQLException {
        return (double) OpenBacklog.count(
                        url, "select " + counter + " from pg_stat_user_tables where relname = 'open_transaction'")
                / open;
    }

    private static long awaitCall(Peer participant, long before) {
        try {
            Wait.until("a call after the start", LIMIT, GLANCE, () -> participant.calls() > before);
            return System.nanoTime();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
