package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.SamplePlans;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.Plan;
import java.io.StringReader;
import java.net.URI;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/** The console of a real coordinator on a real database, over HTTP. */
class ConsoleTest {
    private static final Pattern GID = Pattern.compile("transaction\\?gid=([^\"&]+)\"");
    private static final int SCHEDULED = 120;

    private static LocalCoordinator coordinator;
    private static PageForms console;

    @BeforeAll
    static void start() {
        coordinator = LocalCoordinator.start("participants.stock.target", "localhost:1");
        console = new PageForms(coordinator);
        // one entry with the special characters of CSV, one with a formula, one of another actor
        coordinator.execute("insert into audit_entry (at, actor, operation, gid, reason, before, after) values"
                + " ('2026-01-31 12:00:00.123456Z', 'mary', 'retry', 'file-1', E'\"why\", she said\\r\\nno', 'a', ''),"
                + " ('2026-01-31 12:00:01Z', 'mary', 'skip', 'file-2', '=1+1', '', 'DONE'),"
                + " ('2026-01-31 12:00:02Z', 'zoe', 'retry', 'file-3', '', '', '')");
        for (int i = 0; i < SCHEDULED; i++) {
            Plan plan = SamplePlans.scheduled("order-%03d".formatted(i)).toBuilder()
                    .putLabels("tenant", i % 2 == 0 ? "even & <odd>" : "odd")
                    .build();
            coordinator.submit(plan);
        }
        coordinator.submit(SamplePlans.asking("asks"));
        coordinator
                .operator()
                .parkTransaction(OperateRequest.newBuilder()
                        .setGid("order-007")
                        .setReason("<b>looks</b> odd")
                        .build());
    }

    @AfterAll
    static void stop() {
        coordinator.close();
    }

    private static Set<String> gids(String html) {
        return new LinkedHashSet<>(
                GID.matcher(html).results().map(one -> one.group(1)).toList());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "transactions",
                "transaction?gid=order-007",
                "approvals",
                "new?example=two-phase",
                "participants",
                "topics",
                "coordinators",
                "audit",
                "audit?gid=order-007",
                "transactions?order=slowest&age=-1h&only=open&state=SCHEDULED&pattern=SAGA"
            })
    void each_page_is_plain_html_in_both_languages(String path) {
        assertThat(console.page(path)).contains("<html lang=\"en\">").doesNotContain("class=\"failed\"");
        assertThat(console.page(path, "Accept-Language", "zh-CN,zh;q=0.9"))
                .contains("<html lang=\"zh-CN\">", "\u603b\u89c8")
                .doesNotContain("class=\"failed\"");
    }

    @Test
    void the_overview_shows_transactions_that_wait_for_operators() {
        assertThat(console.page(""))
                .contains("Parked by an operator", "waits for an approval", "Needs attention")
                .contains("every client on this machine can read everything and run every operation");
    }

    @Test
    void pages_of_transactions_have_no_gaps_or_repetitions() {
        for (String order : List.of("", "&order=slowest")) {
            List<String> seen = new ArrayList<>();
            console.pages("transactions?gid=order-" + order).forEach(html -> seen.addAll(gids(html)));
            assertThat(seen).hasSize(SCHEDULED).doesNotHaveDuplicates();
            assertThat(seen.getFirst()).isEqualTo(order.isEmpty() ? "order-119" : "order-000");
        }
    }

    @Test
    void filters_select_the_listed_transactions() {
        assertThat(gids(console.page("transactions?only=parked"))).containsExactly("order-007");
        assertThat(gids(console.page("transactions?only=approval"))).containsExactly("asks");
        assertThat(gids(console.page("transactions?waits=APPROVAL"))).containsExactly("asks");
        assertThat(gids(console.page("transactions?reason=BY_OPERATOR"))).containsExactly("order-007");
        assertThat(gids(console.page("transactions?name=asking"))).containsExactly("asks");
        assertThat(gids(console.page("transactions?state=SCHEDULED&gid=order-11")))
                .hasSize(10);
        assertThat(gids(console.page("transactions?label=tenant%3Deven+%26+%3Codd%3E&gid=order-00")))
                .hasSize(5);
        assertThat(console.page("transactions?label=tenant%3Deven+%26+%3Codd%3E"))
                .contains("value=\"tenant=even &amp; &lt;odd>\"");
        assertThat(console.page("transactions?age=%2B1h")).contains("No transaction matches the filter.");
        HttpResponse<String> unknown = console.get("transactions?state=NONE&age=x&only=x&pattern=y");
        assertThat(unknown.statusCode()).isEqualTo(400);
        assertThat(unknown.body())
                .contains("Unknown filter value: state=NONE, age=x, only=x, pattern=y.")
                .doesNotContain("order-119");
    }

    @Test
    void every_link_of_the_console_is_accepted() {
        Set<String> seen = new LinkedHashSet<>();
        List<String> open =
                new ArrayList<>(List.of("", "new?example=saga", "topics?topic=x", "transactions?label=a%3Db"));
        Pattern link = Pattern.compile("(?:href|data-stream)=\"((?!#)[^\"]*)\"");
        while (!open.isEmpty()) {
            String path = open.removeLast();
            URI base = URI.create("http://x/" + path);
            HttpResponse<String> page = console.get(path, "Accept", "text/html");
            assertThat(page.statusCode()).as(path).isNotEqualTo(400);
            link.matcher(page.body())
                    .results()
                    .map(one -> one.group(1).replace("&amp;", "&"))
                    .map(to -> to.startsWith("?") ? URI.create("http://x" + base.getRawPath() + to) : base.resolve(to))
                    .map(to -> to.getRawPath().substring(1) + (to.getRawQuery() == null ? "" : "?" + to.getRawQuery()))
                    .filter(to -> seen.size() < 400
                            && seen.add(to.replaceAll("(order-\\d)\\d+", "$1").replaceAll("asof=[^&]*", "")))
                    .forEach(open::add);
        }
        assertThat(seen).hasSizeGreaterThan(50).anyMatch(to -> to.contains("lang=zh-CN"));
    }

    @Test
    void the_last_error_of_a_participant_has_its_age() {
        coordinator.submit(SamplePlans.saga("matches-none"));
        await().untilAsserted(() -> assertThat(console.page("participants"))
                .containsPattern("\"Last error\"><bdi>[^<]+</bdi>\\s*<span class=\"quiet small\"><time [^>]+>[^<]+<"));
    }

    @Test
    void large_numbers_keep_their_digits() {
        coordinator.execute("insert into coordinator (incarnation, node, address, version, started_at)"
                + " values (9007199254740993, 'far', 'far:1', '0', now() - interval '1 day')");
        coordinator.execute("insert into audit_entry (actor, operation, gid, reason, before, after)"
                + " select 'x', 'y', '', '', '', '' from generate_series(1, 60)");
        coordinator.execute("update coordinator set dead_at = now() where node = 'far'");
        await().untilAsserted(() -> assertThat(console.page("coordinators")).contains(">9007199254740993<"));
        assertThat(console.page(PageForms.next(console.page("audit"))))
                .contains("order-007", "&lt;b&gt;looks&lt;/b&gt; odd", "First page");
    }

    @Test
    void a_missing_page_or_transaction_is_reported_in_the_consoles_layout() {
        HttpResponse<String> page = console.get("transaction?gid=none");
        assertThat(page.statusCode()).isEqualTo(404);
        assertThat(page.body()).contains("ENT-030", "<h1>No such transaction</h1>");
        page = console.get("no/such/page");
        assertThat(page.statusCode()).isEqualTo(404);
        assertThat(page.body()).contains("href=\"../../assets/console.");
        MarkupRules.verify(page.body());
        assertThat(console.get("no/such/page", "Accept", "application/json").body())
                .isNotEmpty();
    }

    @Test
    void the_audit_page_shows_operations_and_reads_on_request() {
        for (String after : List.of("DONE", "RUNNING", "REFUSED ENT-045: the transaction is not parked")) {
            coordinator.execute(
                    "insert into audit_entry (actor, operation, gid, reason, before, after) values ('ann', '"
                            + (after.equals("DONE") ? "read" : "retry") + "', 'seen', 'payloads', '', '" + after
                            + "')");
        }
        assertThat(console.page("audit?gid=seen"))
                .contains(
                        "<bdi>Retry</bdi>",
                        "Running",
                        "class=\"badge tone-bad\">Refused</span>",
                        "the transaction is not parked")
                .doesNotContain("<bdi>Read payloads</bdi>");
        assertThat(console.page("audit?gid=seen&show=reads"))
                .contains(
                        "<bdi>Read payloads</bdi>",
                        "<bdi lang=\"en\">payloads</bdi>",
                        "selected>reads of payloads and of the audit")
                .doesNotContain("<bdi>Retry</bdi>");
        assertThat(console.page("audit?gid=seen&show=all")).contains("<bdi>Read payloads</bdi>", "<bdi>Retry</bdi>");
        assertThat(console.page("audit?gid=seen&show=all", "Accept-Language", "zh-CN"))
                .contains("\u91cd\u8bd5", "\u67e5\u770b\u8f7d\u8377", "\u88ab\u62d2\u7edd", "\u8fd0\u884c\u4e2d")
                .contains("lang=\"en\">ENT-045: the transaction is not parked</bdi>")
                .doesNotContain(">retry<", "RUNNING", "DONE");
    }

    @ParameterizedTest
    @CsvSource({
        "'', file-2 file-1",
        "&op=retry, file-1",
        "&from=2026-01-31+12:00:00.5, file-2",
        "&to=2026-01-31T13:00:01%2B01:00, file-1",
        "&op=skip&to=2026-01-31+12:00:01, ''",
        "&gid=file-1&show=all, file-1"
    })
    void the_audit_is_filtered_by_actor_operation_and_time(String filter, String gids) {
        String html = console.page("audit?actor=mary" + filter);
        assertThat(String.join(" ", gids(html))).isEqualTo(gids);
        assertThat(html.contains(">2026-01-31 12:00:00.123 UTC</time>")).isEqualTo(gids.contains("file-1"));
    }

    @Test
    void another_csv_parser_reads_the_entries_from_the_audit_file() throws Exception {
        HttpResponse<String> file = console.get("audit?actor=mary&from=2026-01-31+12:00&format=csv");
        assertThat(file.headers().firstValue("Content-Disposition")).contains("attachment; filename=\"audit.csv\"");
        assertThat(file.headers().firstValue("Content-Type")).contains("text/csv; charset=utf-8");
        assertThat(file.body())
                .startsWith("\"id\",\"time\",\"actor\",\"operation\",\"gid\",\"reason\",\"before\",\"after\",\"peer\","
                        + "\"request_id\"\r\n");
        coordinator.execute("create table audit_file (like audit_entry)");
        DatabaseSettings database = coordinator.database;
        try (Connection connection =
                DriverManager.getConnection(database.jdbcUrl(), database.user(), database.password())) {
            CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();
            assertThat(copy.copyIn("copy audit_file from stdin (format csv, header)", new StringReader(file.body())))
                    .isEqualTo(2);
        }
        assertThat(coordinator.number("select count(*) from audit_file f join audit_entry e"
                        + " using (id, at, actor, operation, gid, before, after, peer, request_id)"
                        + " where f.reason = case e.gid when 'file-2' then '''=1+1' else e.reason end"))
                .isEqualTo(2);
    }

    @Test
    void the_name_of_an_audit_file_shows_that_older_entries_are_missing() {
        coordinator.execute("insert into audit_entry (actor, operation, gid, reason, before, after)"
                + " select 'many', 'retry', 'm-' || n, '', '', '' from generate_series(1, 10001) n");
        HttpResponse<String> file = console.get("audit?actor=many&format=csv");
        assertThat(file.headers().firstValue("Content-Disposition"))
                .contains("attachment; filename=\"audit-newest-10000.csv\"");
        assertThat(file.body().lines())
                .hasSize(10_001)
                .doesNotHaveDuplicates()
                .noneMatch(line -> line.contains("\"m-1\""));
        coordinator.execute("delete from audit_entry where actor = 'many'");
    }

    @ParameterizedTest
    @CsvSource({"console, css, text/css", "live, js, text/javascript"})
    void assets_are_named_by_a_content_hash_and_cached(String name, String ending, String type) {
        Matcher link = Pattern.compile("assets/%s\\.[0-9a-f]{8}\\.%s".formatted(name, ending))
                .matcher(console.page(""));
        assertThat(link.find()).isTrue();
        HttpResponse<String> file = console.get(link.group());
        assertThat(file.statusCode()).isEqualTo(200);
        assertThat(file.headers().firstValue("Cache-Control").orElseThrow()).contains("immutable");
        assertThat(file.headers().firstValue("Content-Type")).contains(type + "; charset=utf-8");
        assertThat(file.body())
                .doesNotContain("url(", "@import", "eval(", "innerHTML =", "Function(", "http://", "https://");
        assertThat(console.get("assets/%s.00000000.%s".formatted(name, ending)).statusCode())
                .isEqualTo(404);
    }

    @Test
    void the_console_can_be_disabled() {
        try (LocalCoordinator off = LocalCoordinator.start("console", "off")) {
            PageForms none = new PageForms(off);
            assertThat(none.get("").statusCode()).isEqualTo(404);
            assertThat(none.get("").body()).isEqualTo("not found\n");
            assertThat(none.get("livez").body()).isEqualTo("alive\n");
        }
    }
}
