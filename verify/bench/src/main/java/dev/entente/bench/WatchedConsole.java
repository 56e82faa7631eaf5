package dev.entente.bench;

import dev.entente.bench.load.EntenteServer;
import dev.entente.bench.load.Viewers;
import dev.entente.bench.process.BenchProcess;
import dev.entente.rig.AskedDatabase;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.HdrHistogram.Histogram;

/**
 * Compares windows with and without people at the console, in turns on one coordinator with a long history: ten at the
 * overview, and one at each of the searches that cost most; all pages are open, and follow what happens.
 */
final class WatchedConsole implements Mode.Question {
    private static final String UNWATCHED = "nobody looks";
    private static final String WATCHED = "15 people look";
    private static final int AT_OVERVIEW = 10;
    /** The pages' code is compiled after thousands of loads, which a server has behind it after its first hours. */
    private static final int TIMES_AT_WARM_UP = 4;
    /** After it each page has been loaded, and its stream has told what it saw first: from then on it is open. */
    private static final Duration OPENING = Duration.ofSeconds(5);

    /** The searches: what they are called, and their URLs. */
    private static final Map<String, String> SEARCHES = searches();

    /** As some shops would have them: the 25 oldest have a name of their own, a tenth has one of a hundred labels. */
    private static final List<String> VARIETY = List.of("""
        update finished_transaction set name = 'rare'
        where gid in (select f.gid from finished_transaction f order by f.finished_at limit 25)\
        """, """
        insert into transaction_label (bucket, gid, key, value)
        select bucket, gid, 'tenant', 't' || get_byte(request_digest, 1) % 100
        from finished_transaction where get_byte(request_digest, 0) % 10 = 0\
        """, """
        update open_transaction set waiting_on = 'bench', parked_reason = 'UNDO_EXHAUSTED:no answer'
        where parked_at is not null and get_byte(request_digest, 0) % 3 = 0\
        """, "vacuum (analyze)" + " transaction_label");

    private static Map<String, String> searches() {
        Map<String, String> searches = new LinkedHashMap<>();
        searches.put("overview", "");
        searches.put("the newest", "transactions");
        searches.put("a rare name", "transactions?name=rare");
        searches.put("a label", "transactions?label=tenant%3Dt7");
        searches.put("slowest first", "transactions?order=slowest");
        searches.put("parked, by reason", "transactions?only=parked&reason=UNDO_EXHAUSTED&participant=bench");
        return Collections.unmodifiableMap(searches);
    }

    @Override
    public void ask(Trial trial) throws IOException, SQLException, InterruptedException {
        BenchProcess participant = trial.bed().participant(EntenteServer.PARTICIPANT);
        AskedDatabase database = trial.bed().database().create("console");
        BenchProcess node = trial.bed().node("console", database, participant, List.of());
        trial.warmUp(node);
        FullTables.fill(trial, node, database);
        for (String sql : VARIETY) {
            database.change(sql);
        }
        Copies.vacuum(database);
        try (Viewers _ = viewers(node, TIMES_AT_WARM_UP)) {
            trial.warmUp(node);
        }
        for (int repeat = 0; repeat < trial.effort().repeats(); repeat++) {
            boolean isWatchedFirst = repeat % 2 == 0;
            if (isWatchedFirst) {
                watched(trial, node);
            }
            trial.window(UNWATCHED, node);
            if (!isWatchedFirst) {
                watched(trial, node);
            }
        }
        trial.ratio("console-saga512:unwatched", trial.tally().ratio(WATCHED, UNWATCHED, "per_s"));
        trial.ratio(
                "console-page-p95-ms",
                SEARCHES.keySet().stream()
                        .mapToDouble(page -> trial.tally().median(page, "p95_ms"))
                        .max()
                        .orElseThrow());
    }

    private static void watched(Trial trial, BenchProcess node) throws IOException, InterruptedException {
        try (Viewers viewers = viewers(node, 1)) {
            Thread.sleep(OPENING);
            trial.window(WATCHED, node);
            Map<String, Histogram> taken = viewers.taken();
            SEARCHES.forEach((page, url) -> {
                Histogram millis = Objects.requireNonNull(taken.get(url), url);
                trial.add(
                        page,
                        Trial.figures(
                                "p50_ms", millis.getValueAtPercentile(50),
                                "p95_ms", millis.getValueAtPercentile(95),
                                "pages", millis.getTotalCount()));
            });
            viewers.problems().forEach(trial::problem);
        }
    }

    private static Viewers viewers(BenchProcess node, int times) {
        List<String> pages = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            pages.addAll(Collections.nCopies(AT_OVERVIEW - 1, ""));
            pages.addAll(SEARCHES.values());
        }
        return new Viewers(node.httpPort(), pages);
    }
}
