package dev.entente.bench;

import dev.entente.bench.load.EntenteServer;
import dev.entente.bench.load.Loads;
import dev.entente.bench.load.RequestTemplate;
import dev.entente.bench.load.TransactionLoad;
import dev.entente.bench.process.BenchNode;
import dev.entente.bench.process.Peer;
import dev.entente.rig.Wait;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Compares two coordinators on one database with one that has a database to itself, 512 in flight in each case. Then
 * the two finish together the many transactions that a third one left behind when it was killed.
 */
final class Pair implements Mode.Question {
    private static final String ONE = "one coordinator";
    private static final String TWO = "two coordinators";
    private static final String SHARED = "left behind, shared by two";
    private static final String ADOPTED = "entente_transactions_adopted_total";
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final Duration GLANCE = Duration.ofMillis(2);

    @Override
    public void ask(Trial trial) throws IOException, SQLException, InterruptedException {
        Peer participant = trial.participant(EntenteServer.PARTICIPANT);
        BenchNode one = trial.node("one", trial.database().create("alone"), participant, List.of());
        String url = trial.database().create("shared");
        BenchNode first = trial.node("first", url, participant, List.of());
        BenchNode second = trial.node("second", url, participant, List.of());
        trial.warmUp(one, first, second);
        for (int repeat = 0; repeat < trial.effort().repeats(); repeat++) {
            trial.window(ONE, one);
            trial.window(TWO, inTurns(first, second));
        }
        for (int repeat = 0; repeat < trial.effort().repeats(); repeat++) {
            leaveBehind(trial, participant, url);
            share(trial, participant, url, first, second);
        }
        trial.ratio("pair-saga512:one", trial.tally().ratio(TWO, ONE, "per_s"));
        trial.ratio(
                "pair-shared:saga512",
                trial.tally().median(SHARED, "per_s") / trial.tally().median(TWO, "per_s"));
        trial.ratio("pair-lesser-share", trial.tally().median(SHARED, "lesser_share"));
    }

    private static TransactionLoad inTurns(BenchNode first, BenchNode second) {
        List<TransactionLoad> loads = List.of(
                Loads.entente(first.channel(), RequestTemplate.saga()),
                Loads.entente(second.channel(), RequestTemplate.saga()));
        AtomicInteger turn = new AtomicInteger();
        return ending -> loads.get(turn.getAndIncrement() & 1).start(ending);
    }

    private static void leaveBehind(Trial trial, Peer participant, String url)
            throws IOException, SQLException, InterruptedException {
        participant.hang();
        BenchNode third = trial.again("third", url, participant, List.of());
        OpenBacklog.submit(
                third,
                RequestTemplate.sagaAt(EntenteServer.PARTICIPANT),
                trial.effort().open());
        third.kill();
        participant.letGo();
    }

    private static void share(Trial trial, Peer participant, String url, BenchNode first, BenchNode second)
            throws SQLException, InterruptedException {
        long killed = System.nanoTime();
        long open = OpenBacklog.open(url);
        long calls = participant.calls();
        double before = first.metric(ADOPTED);
        double beforeOfSecond = second.metric(ADOPTED);
        Wait.until("a call of what was left behind", LIMIT, GLANCE, () -> participant.calls() > calls);
        long began = System.nanoTime();
        OpenBacklog.awaitNone(url, LIMIT);
        double seconds = (System.nanoTime() - began) / 1e9;
        double ofFirst = first.metric(ADOPTED) - before;
        double ofSecond = second.metric(ADOPTED) - beforeOfSecond;
        if (ofFirst + ofSecond < open) {
            trial.problem("%.0f and %.0f of %d were taken over".formatted(ofFirst, ofSecond, open));
        }
        trial.add(
                SHARED,
                Trial.figures(
                        "open",
                        open,
                        "first_call_s",
                        (began - killed) / 1e9,
                        "per_s",
                        open / seconds,
                        "lesser_share",
                        Math.min(ofFirst, ofSecond) / (ofFirst + ofSecond)));
    }
}
