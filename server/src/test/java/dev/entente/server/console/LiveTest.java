package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.SamplePlans;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams of a real coordinator's console about changed pages, and their cost. */
class LiveTest {
    private static final Pattern STREAM = Pattern.compile(" data-stream=\"([^\"]*)\"");
    private static final Pattern LIVE = Pattern.compile(" id=\"([^\"]+)\" data-live");
    private static final Pattern ROW = Pattern.compile("<tr id=\"tx-([^\"]+)\">");
    private static final Pattern COUNTS =
            Pattern.compile("(?m)^entente_rpc_duration_seconds_count\\{[^}]*method=\"CountTransactions\"[^}]*} (\\d+)");
    private static LocalCoordinator coordinator;

    @BeforeAll
    static void start() {
        coordinator = LocalCoordinator.start("participants.stock.target", "localhost:1");
    }

    @AfterAll
    static void stop() {
        coordinator.close();
    }

    private static String page(String path) {
        return new Browser().get(coordinator, path).body();
    }

    private static Stream<String> stream(String path) {
        HttpResponse<Stream<String>> response =
                new Browser().get(coordinator, path, "text/event-stream", HttpResponse.BodyHandlers.ofLines());
        assertThat(response.statusCode()).isEqualTo(200);
        return response.body();
    }

    private static String streamOf(String html) {
        Matcher link = STREAM.matcher(html);
        assertThat(link.find()).isTrue();
        return link.group(1).replace("&amp;", "&");
    }

    /** Waits for the next change, and returns its fingerprint. */
    private static String changed(Iterator<String> lines) {
        while (!lines.next().equals("event: changed")) {
            // a heartbeat
        }
        return lines.next();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "participants", "coordinators", "transactions?gid=live", "transaction?gid=live-%d"})
    void each_live_page_reports_a_change(String path) {
        String gid = "live-" + path.length();
        coordinator.submit(SamplePlans.scheduled(gid));
        try (Stream<String> events = stream(streamOf(page(path.formatted(path.length()))))) {
            Iterator<String> lines = events.iterator();
            String first = changed(lines);
            coordinator.park(gid);
            coordinator.submit(SamplePlans.saga("calls-" + gid));
            assertThat(changed(lines)).isNotEqualTo(first);
        }
    }

    @Test
    void only_live_pages_have_the_script_and_the_elements_to_replace() {
        coordinator.submit(SamplePlans.scheduled("shown"));
        String script = "assets/live.";
        for (String path : List.of("", "participants", "coordinators", "transactions", "transaction?gid=shown")) {
            String html = page(path);
            assertThat(html).contains("<script src=\"" + script, "id=\"live\"", " hidden>");
            MarkupRules.verify(html);
            List<String> ids =
                    LIVE.matcher(html).results().map(one -> one.group(1)).toList();
            assertThat(ids).contains("asof").hasSizeGreaterThan(1).doesNotHaveDuplicates();
        }
        for (String path :
                List.of("audit", "topics", "no/page", "transaction?gid=none", "transaction/operation?gid=shown")) {
            assertThat(page(path)).doesNotContain("<script", "data-stream");
        }
    }

    @Test
    void a_refreshed_list_keeps_its_rows_and_counts_new_transactions() {
        for (String gid : List.of("kept-1", "kept-2", "kept-3")) {
            coordinator.submit(SamplePlans.scheduled(gid));
        }
        String first = page("transactions?gid=kept");
        Matcher newest = Pattern.compile("<tbody[^>]*>.*?<time datetime=\"([^\"]+)\"", Pattern.DOTALL)
                .matcher(first);
        assertThat(newest.find()).isTrue();
        coordinator.submit(SamplePlans.scheduled("kept-4"));
        coordinator.park("kept-2");
        String again = page("transactions?gid=kept&asof=" + newest.group(1));
        assertThat(rows(first)).containsExactly("kept-3", "kept-2", "kept-1");
        assertThat(rows(again)).containsExactly("kept-3", "kept-2", "kept-1");
        assertThat(again).contains(">1 new since this list was loaded</a>", "Parked");
        assertThat(first).contains("<p class=\"newer\" id=\"newer\" data-live aria-live=\"polite\"></p>");
    }

    private static Set<String> rows(String html) {
        return new LinkedHashSet<>(
                ROW.matcher(html).results().map(one -> one.group(1)).toList());
    }

    private static long counts() {
        return COUNTS.matcher(coordinator.metrics())
                .results()
                .mapToLong(one -> Long.parseLong(one.group(1)))
                .sum();
    }

    @Test
    void overviews_make_at_most_one_count_per_second() {
        long before = counts();
        long began = System.nanoTime();
        for (int i = 0; i < 30; i++) {
            page("");
        }
        long seconds = Duration.ofNanos(System.nanoTime() - began).toSeconds();
        assertThat(counts() - before).isBetween(0L, seconds + 1);
    }
}
