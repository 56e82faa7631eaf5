package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.SamplePlans;
import dev.entente.v1.OperateRequest;
import dev.entente.v1.Plan;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The console of a real coordinator on a real database, asked over HTTP. */
class ConsoleTest {
    private static final Pattern GID = Pattern.compile("transaction\\?gid=([^\"&]+)\"");
    private static final Pattern NEXT = Pattern.compile("rel=\"next\" href=\"([^\"]+)\"");
    private static final int SCHEDULED = 120;

    private static LocalCoordinator coordinator;

    @BeforeAll
    static void start() {
        coordinator = LocalCoordinator.start("participants.stock.target", "localhost:1");
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

    private static HttpResponse<String> ask(LocalCoordinator of, String path, String... headers) {
        return new PageForms(of).get(path, headers);
    }

    private static String page(String path, String... headers) {
        HttpResponse<String> response = ask(coordinator, path, headers);
        assertThat(response.statusCode()).as(path).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Security-Policy").orElseThrow())
                .startsWith("default-src 'none'; style-src 'self'; script-src 'self'")
                .doesNotContain("unsafe");
        assertThat(response.headers().firstValue("Cache-Control")).contains("no-store");
        assertThat(response.body().length()).as("size of %s", path).isLessThan(300_000);
        MarkupRules.hold(response.body());
        return response.body();
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
        assertThat(page(path)).contains("<html lang=\"en\">").doesNotContain("class=\"failed\"");
        assertThat(page(path, "Accept-Language", "zh-CN,zh;q=0.9"))
                .contains("<html lang=\"zh-CN\">", "\u603b\u89c8")
                .doesNotContain("class=\"failed\"");
    }

    @Test
    void the_overview_begins_with_what_waits_for_people() {
        assertThat(page(""))
                .contains("Parked by an operator", "waits for a person's approval", "Needs attention")
                .contains("anybody on this machine may see and do everything");
    }

    @Test
    void pages_follow_each_other_without_gap_and_repetition() {
        for (String order : List.of("", "&order=slowest")) {
            List<String> seen = new ArrayList<>();
            String next = "transactions?gid=order-" + order;
            for (int pages = 0; !next.isEmpty(); pages++) {
                assertThat(pages).isLessThan(4);
                String html = page(next);
                seen.addAll(gids(html));
                next = NEXT.matcher(html)
                        .results()
                        .map(one -> one.group(1).replace("&amp;", "&"))
                        .findFirst()
                        .orElse("");
            }
            assertThat(seen).hasSize(SCHEDULED).doesNotHaveDuplicates();
            assertThat(seen.getFirst()).isEqualTo(order.isEmpty() ? "order-119" : "order-000");
        }
    }

    @Test
    void filters_choose_what_is_listed() {
        assertThat(gids(page("transactions?only=parked"))).containsExactly("order-007");
        assertThat(gids(page("transactions?only=approval"))).containsExactly("asks");
        assertThat(gids(page("transactions?waits=APPROVAL"))).containsExactly("asks");
        assertThat(gids(page("transactions?reason=BY_OPERATOR"))).containsExactly("order-007");
        assertThat(gids(page("transactions?name=asking"))).containsExactly("asks");
        assertThat(gids(page("transactions?state=SCHEDULED&gid=order-11"))).hasSize(10);
        assertThat(gids(page("transactions?label=tenant%3Deven+%26+%3Codd%3E&gid=order-00")))
                .hasSize(5);
        assertThat(page("transactions?label=tenant%3Deven+%26+%3Codd%3E"))
                .contains("value=\"tenant=even &amp; &lt;odd>\"");
        assertThat(page("transactions?age=%2B1h")).contains("No transaction matches this filter.");
        HttpResponse<String> unknown = ask(coordinator, "transactions?state=NONE&age=x&only=x&pattern=y");
        assertThat(unknown.statusCode()).isEqualTo(400);
        assertThat(unknown.body())
                .contains("Not understood: state=NONE, age=x, only=x, pattern=y.")
                .doesNotContain("order-119");
    }

    @Test
    void every_link_of_the_consoles_own_is_understood() {
        Set<String> seen = new LinkedHashSet<>();
        List<String> open =
                new ArrayList<>(List.of("", "new?example=saga", "topics?topic=x", "transactions?label=a%3Db"));
        Pattern link = Pattern.compile("(?:href|data-stream)=\"((?!#)[^\"]*)\"");
        while (!open.isEmpty()) {
            String path = open.removeLast();
            URI base = URI.create("http://x/" + path);
            HttpResponse<String> page = ask(coordinator, path, "Accept", "text/html");
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
        coordinator.submit(SamplePlans.saga("meets-nobody"));
        await().untilAsserted(() -> assertThat(page("participants"))
                .containsPattern("\"Last error\"><bdi>[^<]+</bdi>\\s*<span class=\"quiet small\"><time [^>]+>[^<]+<"));
    }

    @Test
    void what_came_since_is_counted_and_moves_no_row() {
        String html = page("transactions?asof=2020-01-01T00:00:00Z&gid=order-");
        assertThat(html).contains(SCHEDULED + " new since this list was made");
    }

    @Test
    void large_numbers_keep_their_digits() {
        coordinator.execute("insert into coordinator (incarnation, node, address, version, started_at)"
                + " values (9007199254740993, 'far', 'far:1', '0', now() - interval '1 day')");
        coordinator.execute("insert into audit_entry (actor, act, gid, reason, before, after)"
                + " select 'x', 'y', '', '', '', '' from generate_series(1, 60)");
        coordinator.execute("update coordinator set dead_at = now() where node = 'far'");
        await().untilAsserted(() -> assertThat(page("coordinators")).contains(">9007199254740993<"));
        String first = page("audit");
        String next = NEXT.matcher(first).results().findFirst().orElseThrow().group(1);
        assertThat(page(next.replace("&amp;", "&"))).contains("order-007", "&lt;b&gt;looks&lt;/b&gt; odd", "Newest");
    }

    @Test
    void what_is_not_there_is_said_in_the_consoles_look() {
        HttpResponse<String> page = ask(coordinator, "transaction?gid=none");
        assertThat(page.statusCode()).isEqualTo(404);
        assertThat(page.body()).contains("ENT-030", "<h1>No such transaction</h1>");
        page = ask(coordinator, "no/such/page");
        assertThat(page.statusCode()).isEqualTo(404);
        assertThat(page.body()).contains("href=\"../../assets/console.");
        MarkupRules.hold(page.body());
        assertThat(ask(coordinator, "no/such/page", "Accept", "application/json")
                        .body())
                .isNotEmpty();
    }

    @Test
    void the_audit_shows_acts_and_looks_when_they_are_asked_for() {
        for (String after : List.of("DONE", "RUNNING", "REFUSED ENT-045: it is not parked")) {
            coordinator.execute("insert into audit_entry (actor, act, gid, reason, before, after) values ('ann', '"
                    + (after.equals("DONE") ? "read" : "retry") + "', 'seen', 'payloads', '', '" + after + "')");
        }
        assertThat(page("audit?gid=seen"))
                .contains(">Retry<", "Running", "<span class=\"badge badge-bad\">Refused</span>", "it is not parked")
                .doesNotContain("Read payloads");
        assertThat(page("audit?gid=seen&show=reads"))
                .contains("Read payloads", "<bdi lang=\"en\">payloads</bdi>", "selected>looks at")
                .doesNotContain(">Retry<");
        assertThat(page("audit?gid=seen&show=all")).contains("Read payloads", ">Retry<");
        assertThat(page("audit?gid=seen&show=all", "Accept-Language", "zh-CN"))
                .contains("\u91cd\u8bd5", "\u67e5\u770b\u8f7d\u8377", "\u88ab\u62d2\u7edd", "\u8fd0\u884c\u4e2d")
                .contains("lang=\"en\">ENT-045: it is not parked</bdi>")
                .doesNotContain(">retry<", "RUNNING", "DONE");
    }

    /** A name of another site may lead to this machine. */
    @Test
    void a_page_is_shown_under_the_servers_own_names_alone() throws IOException {
        URI own = URI.create("http://" + coordinator.server.ready().http());
        try (Socket socket = new Socket(own.getHost(), own.getPort())) {
            String head =
                    "GET / HTTP/1.1\r\nHost: shop.example:%d\r\nConnection: close\r\n\r\n".formatted(own.getPort());
            socket.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(answer).startsWith("HTTP/1.1 421 ").doesNotContain("<html");
        }
    }

    @Test
    void a_language_that_is_chosen_is_kept() {
        HttpResponse<String> page = ask(coordinator, "topics?lang=zh-CN");
        String cookie = page.headers().firstValue("Set-Cookie").orElseThrow();
        assertThat(cookie).startsWith("entente-lang=zh-CN; Path=/;");
        assertThat(page("audit", "Cookie", cookie.substring(0, cookie.indexOf(';'))))
                .contains("<html lang=\"zh-CN\">");
    }

    @Test
    void files_are_named_by_their_content_and_kept() {
        String html = page("");
        String css = Pattern.compile("assets/console\\.[0-9a-f]{8}\\.css")
                .matcher(html)
                .results()
                .findFirst()
                .orElseThrow()
                .group();
        HttpResponse<String> file = ask(coordinator, css);
        assertThat(file.statusCode()).isEqualTo(200);
        assertThat(file.headers().firstValue("Cache-Control").orElseThrow()).contains("immutable");
        assertThat(file.headers().firstValue("Content-Type")).contains("text/css; charset=utf-8");
        assertThat(file.body()).doesNotContain("url(", "@import");
        assertThat(ask(coordinator, "assets/console.00000000.css").statusCode()).isEqualTo(404);
    }

    @Test
    void nothing_is_shown_where_callers_need_a_token(@TempDir Path folder) throws IOException {
        Path tokens = Files.writeString(folder.resolve("tokens"), "");
        try (LocalCoordinator closed = LocalCoordinator.start("auth.tokenFile", tokens.toString())) {
            for (String path : List.of("", "transactions", "transaction?gid=x", "audit", "participants")) {
                HttpResponse<String> page = ask(closed, path);
                assertThat(page.statusCode()).isEqualTo(401);
                assertThat(page.body()).contains("<h1>Sign in</h1>").doesNotContain("class=\"banner\"", "<table");
                MarkupRules.hold(page.body());
            }
        }
    }

    @Test
    void it_can_be_without_acts_and_off() {
        try (LocalCoordinator reading = LocalCoordinator.start("console", "read-only")) {
            assertThat(ask(reading, "").body()).contains(">Read-only<");
        }
        try (LocalCoordinator off = LocalCoordinator.start("console", "off")) {
            assertThat(ask(off, "").statusCode()).isEqualTo(404);
            assertThat(ask(off, "").body()).isEqualTo("not found\n");
            assertThat(ask(off, "livez").body()).isEqualTo("alive\n");
        }
    }
}
