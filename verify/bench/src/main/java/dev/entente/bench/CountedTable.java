package dev.entente.bench;

import dev.entente.bench.load.EntenteServer;
import dev.entente.bench.process.BenchNode;
import dev.entente.bench.process.Peer;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * A coordinator that counts a table of many open transactions for its gauges: the longest of its queries, round after
 * round.
 */
final class CountedTable implements Mode.Question {
    private static final String COUNT = "count";
    private static final String OPEN = "entente_table_open";
    private static final String LONGEST = "entente_table_query_seconds";
    private static final Duration OLDEST = Duration.ofDays(13);
    private static final Duration YOUNGEST = Duration.ofHours(1);
    /** A coordinator counts so often. */
    private static final Duration ROUND = Duration.ofSeconds(10);

    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final Duration GLANCE = Duration.ofMillis(500);

    @Override
    public void ask(Trial trial) throws IOException, SQLException, InterruptedException {
        Peer participant = trial.participant(EntenteServer.PARTICIPANT);
        String url = trial.database().create("entente");
        BenchNode node = trial.node("entente", url, participant, List.of());
        FullTables.parkOne(node);
        Copies.parked(url, trial.effort().open(), OLDEST, YOUNGEST);
        Copies.vacuum(url);
        long open = OpenBacklog.open(url);
        trial.note("open_rows", open);
        trial.note(
                "open_table_mb", OpenBacklog.count(url, "select pg_total_relation_size('open_transaction') / 1048576"));
        awaitCount(node, open);
        double worst = 0;
        for (int repeat = 0; repeat < trial.effort().repeats(); repeat++) {
            double millis = node.metric(LONGEST) * 1000;
            worst = Math.max(worst, millis);
            trial.add(COUNT, Trial.figures("longest_query_ms", millis));
            Thread.sleep(ROUND);
        }
        trial.ratio("gauges-query-ms", worst);
    }

    private static void awaitCount(BenchNode node, long open) throws InterruptedException {
        long giveUpAt = System.nanoTime() + LIMIT.toNanos();
        while (node.metric(OPEN) != open) {
            if (System.nanoTime() > giveUpAt) {
                throw new IllegalStateException("not within " + LIMIT + ": a count of " + open);
            }
            Thread.sleep(GLANCE);
        }
    }
}
