package dev.entente.bench;

import dev.entente.bench.load.EntenteServer;
import dev.entente.bench.load.RequestTemplate;
import dev.entente.bench.process.BenchNode;
import dev.entente.bench.process.Peer;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * Two coordinators that differ in their heap, in turns; then as many open transactions as asked for in the small one.
 */
final class SmallHeap implements Mode.Question {
    private static final String SMALL = "-Xmx256m";
    private static final String LARGE = "-Xmx2g";
    private static final String HELD = "open in -Xmx256m";
    private static final Duration LIMIT = Duration.ofMinutes(4);

    @Override
    public void ask(Trial trial) throws IOException, SQLException, InterruptedException {
        Peer participant = trial.participant(EntenteServer.PARTICIPANT);
        String url = trial.database().create("small");
        BenchNode small = trial.node("small", url, participant, List.of(SMALL));
        BenchNode large = trial.node("large", trial.database().create("large"), participant, List.of(LARGE));
        trial.warmUp(small, large);
        for (int repeat = 0; repeat < trial.effort().repeats(); repeat++) {
            boolean isSmallFirst = repeat % 2 == 0;
            trial.window(isSmallFirst ? SMALL : LARGE, isSmallFirst ? small : large);
            trial.window(isSmallFirst ? LARGE : SMALL, isSmallFirst ? large : small);
        }
        trial.ratio("heap-256m-saga512:2g", trial.tally().ratio(SMALL, LARGE, "per_s"));
        hold(trial, participant, small, url);
    }

    private static void hold(Trial trial, Peer participant, BenchNode node, String url)
            throws InterruptedException, SQLException {
        int wanted = trial.effort().open();
        participant.hang();
        OpenBacklog.submit(node, RequestTemplate.sagaAt(EntenteServer.PARTICIPANT), wanted);
        Thread.sleep(trial.effort().window());
        long held = OpenBacklog.held(url);
        participant.letGo();
        long began = System.nanoTime();
        OpenBacklog.awaitNone(url, LIMIT);
        if (node.ranOutOfMemory()) {
            trial.problem("OutOfMemoryError with " + SMALL + " and " + wanted + " open transactions");
        }
        trial.add(
                HELD,
                Trial.figures(
                        "asked", wanted, "held", held, "ended_per_s", wanted * 1e9 / (System.nanoTime() - began)));
        trial.ratio("heap-256m-held:open", (double) held / wanted);
    }
}
