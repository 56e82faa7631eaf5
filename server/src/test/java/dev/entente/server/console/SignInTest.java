package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.common.hash.Hashing;
import dev.entente.server.app.Client;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.Principals;
import dev.entente.server.app.SamplePlans;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import dev.entente.v1.AuditEntry;
import dev.entente.v1.Transaction;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sign-ins to the consoles of two coordinators on one database, with tokens of one file. */
class SignInTest {
    private static final Pattern WANTED = Pattern.compile("name=\"to\" value=\"([^\"]*)\"");
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    static Path folder;

    private static Principals principals;
    private static LocalCoordinator first;
    private static LocalCoordinator second;

    @BeforeAll
    static void start() {
        principals = new Principals(
                folder,
                "root admin",
                "ann operator",
                "vic viewer",
                "shop submitter",
                "both submitter,viewer",
                "eve operator");
        principals.add("late", "operator", null, Instant.parse("2020-01-01T00:00:00Z"));
        principals.add("soon", "operator", null, Instant.now().plus(Duration.ofHours(1)));
        first = start(TestDatabase.withSchema(), "node-a");
        second = start(first.database, "node-b");
        principals.at(first, "shop").submit(SamplePlans.scheduled("of-shop"));
        principals.at(first, "both").submit(SamplePlans.scheduled("of-both"));
    }

    private static LocalCoordinator start(DatabaseSettings database, String node) {
        return LocalCoordinator.start(
                database,
                node,
                "auth.tokenFile",
                principals.file.toString(),
                "participants.stock.target",
                "localhost:1");
    }

    @AfterAll
    static void stop() {
        HTTP.close();
        second.close();
        first.close();
    }

    private static Browser signedIn(String name) {
        Browser browser = new Browser();
        assertThat(browser.signIn(first, principals.secret(name), "").statusCode())
                .isEqualTo(303);
        return browser;
    }

    private static String location(HttpResponse<String> answer) {
        return answer.headers().firstValue("Location").orElseThrow();
    }

    private static List<AuditEntry> audit() {
        return principals.at(first, "root").audit("");
    }

    private static void awaitAudit(String row) {
        await().untilAsserted(() -> assertThat(audit())
                .extracting(one -> String.join(
                        " ", one.getActor(), one.getOperation(), one.getReason(), one.getBefore(), one.getAfter()))
                .contains(row));
    }

    @Test
    void a_link_leads_to_the_sign_in_form_and_then_to_its_page() {
        Browser browser = new Browser();
        HttpResponse<String> asked = browser.get(first, "transaction?gid=of-both&event=2&lang=en");
        assertThat(asked.statusCode()).isEqualTo(401);
        MarkupRules.verify(asked.body());
        Matcher wanted = WANTED.matcher(asked.body());
        assertThat(wanted.find()).isTrue();
        assertThat(asked.body())
                .containsPattern("type=\"text\" name=\"user\"[^>]* autocomplete=\"username\"")
                .containsPattern("type=\"password\" name=\"token\"[^>]* autocomplete=\"current-password\"")
                .doesNotContain("sign-out", "class=\"banner\"", ">Transactions<");

        HttpResponse<String> led = browser.signIn(
                first, " " + principals.secret("vic") + "\n", wanted.group(1).replace("&amp;", "&"));

        assertThat(led.statusCode()).isEqualTo(303);
        assertThat(location(led)).isEqualTo("transaction?gid=of-both&event=2");
        assertThat(led.headers().allValues("Set-Cookie"))
                .singleElement()
                .asString()
                .matches("entente-session-[0-9a-f]{8}-\\d+=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Lax");
        HttpResponse<String> page = browser.get(first, location(led));
        assertThat(page.statusCode()).isEqualTo(200);
        MarkupRules.verify(page.body());
        assertThat(page.body()).contains("<bdi>vic</bdi>", "viewer", "action=\"sign-out\"");
        assertThat(location(browser.get(first, "sign-in?to=audit"))).isEqualTo("audit");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://shop.example/",
                "//shop.example",
                "/\\shop.example",
                "javascript:x",
                "../x",
                "x/../y",
                "a//b",
                "/audit",
                "a\r\nSet-Cookie: b=c",
                "%2F%2Fshop.example",
                "\\\\shop.example"
            })
    void signing_in_redirects_only_to_pages_of_the_console(String to) {
        assertThat(location(new Browser().signIn(first, principals.secret("vic"), to)))
                .isEqualTo("./");
        assertThat(SignIn.ownPage("transactions?name=" + to))
                .startsWith("transactions?name=")
                .doesNotContain("\r");
        assertThat(SignIn.ownPage("transactions?name=" + "x".repeat(5000))).isEmpty();
        assertThat(SignIn.ownPage("participants?name=stock"))
                .as("a field of its form")
                .isEqualTo("participants");
        assertThat(SignIn.ownPage("transaction/payload?gid=a&branch=b&op=action"))
                .as("a person asks for payloads there")
                .isEqualTo("transaction?gid=a");
    }

    @Test
    void without_a_session_every_page_shows_only_the_sign_in_form() {
        String isLong = "x" + "/x".repeat(3000);
        for (String path : List.of("", "transactions", "transaction?gid=of-shop", "audit", "participants", isLong)) {
            HttpResponse<String> page = new Browser().get(first, path);
            assertThat(page.statusCode()).as(path).isEqualTo(401);
            assertThat(page.body()).contains("<h1>Sign in</h1>").doesNotContain("class=\"banner\"", "<table");
            MarkupRules.verify(page.body());
        }
        String events = new Browser()
                .get(first, "live?of=", "text/event-stream", HttpResponse.BodyHandlers.ofString())
                .body();
        assertThat(events.lines().filter(line -> line.startsWith("event: "))).containsExactly("event: signed-out");
    }

    @Test
    void every_coordinator_accepts_a_session_even_if_started_later() {
        Browser browser = new Browser();
        try (LocalCoordinator creator = start(first.database, "node-c")) {
            assertThat(browser.signIn(creator, principals.secret("ann"), "").statusCode())
                    .isEqualTo(303);
            assertThat(browser.status(second, "participants")).isEqualTo(200);
        }
        assertThat(browser.status(first, "audit")).isEqualTo(200);
        try (LocalCoordinator restarted = start(first.database, "node-c")) {
            assertThat(browser.get(restarted, "").body()).contains("<bdi>ann</bdi>");
        }
    }

    @Test
    void signing_out_ends_the_session_on_every_coordinator() {
        Browser browser = signedIn("ann");
        Map<String, String> kept = Map.copyOf(browser.cookies);
        assertThat(browser.status(second, "")).isEqualTo(200);

        HttpResponse<String> out = browser.post(first, "sign-out", Map.of());

        assertThat(out.statusCode()).isEqualTo(303);
        assertThat(location(out)).isEqualTo("sign-in");
        assertThat(browser.cookies).isEmpty();
        browser.cookies.putAll(kept);
        assertThat(browser.status(first, "")).isEqualTo(401);
        await().until(() -> browser.status(second, "") == 401);
        awaitAudit("ann sign-out console  DONE");
    }

    @Test
    void revoking_a_token_ends_its_sessions_on_every_coordinator() {
        Browser browser = signedIn("eve");
        assertThat(browser.status(second, "")).isEqualTo(200);
        principals.revoke("eve");
        await().until(() -> browser.status(first, "") == 401 && browser.status(second, "") == 401);
        // A new token of the same name does not restore the session.
        principals.add("eve", "operator", null, null);
        Browser again = new Browser();
        await().until(() -> again.signIn(first, principals.secret("eve"), "").statusCode() == 303);
        assertThat(browser.status(first, "")).isEqualTo(401);
    }

    @Test
    void each_refused_sign_in_gets_the_same_page() {
        Browser browser = new Browser();
        List<String> pages = new ArrayList<>();
        for (String secret : List.of(principals.secret("late"), "ent_nobodys", "", "x".repeat(9000))) {
            HttpResponse<String> refused = browser.signIn(first, secret, "audit");
            assertThat(refused.statusCode()).isEqualTo(401);
            MarkupRules.verify(refused.body());
            assertThat(refused.body()).contains("Invalid or expired token.", "name=\"to\" value=\"audit\"");
            assertThat(secret.isEmpty() || !refused.body().contains(secret)).isTrue();
            pages.add(refused.body().replaceAll("<time.*</time>", ""));
        }
        assertThat(pages).containsOnly(pages.getFirst());
        assertThat(browser.cookies).isEmpty();
        awaitAudit("late sign-in the token has expired console REFUSED");
        assertThat(signedIn("vic").cookies).hasSize(1);
        awaitAudit("vic sign-in console  DONE");
        assertThat(audit()).noneMatch(one -> one.getActor().equals("unknown"));
    }

    @Test
    void a_stored_hash_does_not_sign_in_and_expires_with_the_token() {
        Browser signedIn = signedIn("soon");
        String id = signedIn.session();
        String hash = Hashing.sha256().hashString(id, StandardCharsets.UTF_8).toString();
        String row = " from console_session where id_hash = decode('" + hash + "', 'hex')";
        assertThat(first.number("select count(*)" + row)).isOne();
        assertThat(first.number("select count(*)" + row + " and expires_at <= now() + interval '1 hour'"))
                .isOne();
        Browser other = new Browser();
        other.cookies.put(signedIn.sessionName(), hash);
        assertThat(other.status(first, "")).isEqualTo(401);
        other.cookies.put(signedIn.sessionName(), "%00");
        assertThat(other.status(first, "")).isEqualTo(401);
    }

    @Test
    void a_new_session_ends_the_previous_session() {
        Browser browser = signedIn("vic");
        String before = browser.session();
        assertThat(browser.signIn(first, principals.secret("ann"), "").statusCode())
                .isEqualTo(303);
        assertThat(browser.session()).isNotEqualTo(before);
        browser.cookies.put(browser.sessionName(), before);
        assertThat(browser.status(first, "")).isEqualTo(401);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "shop | transaction?gid=of-shop,new | ,transactions,transaction/payload?gid=of-shop,participants,audit,"
                        + "topics,approvals,coordinators,transaction/operation?gid=of-shop&operation=park | new",
                "vic  | ,transactions,transaction?gid=of-shop,approvals,topics,new | participants,audit,coordinators,"
                        + "transaction/payload?gid=of-shop,transaction/operation?gid=of-shop&operation=park"
                        + " | ,transactions,approvals,topics,new",
                "ann  | ,transactions,transaction?gid=of-shop,approvals,new,participants,audit,coordinators,topics,"
                        + "transaction/operation?gid=of-shop&operation=park | none | "
                        + ",transactions,approvals,new,participants,topics,coordinators,audit",
                "root | ,transactions,transaction?gid=of-shop,approvals,new,participants,audit,coordinators,topics,"
                        + "transaction/operation?gid=of-shop&operation=park | none | "
                        + ",transactions,approvals,new,participants,topics,coordinators,audit"
            })
    void each_role_sees_its_permitted_pages(String who, String shown, String refused, String sections) {
        Browser browser = signedIn(who);
        for (String path : shown.split(",", -1)) {
            HttpResponse<String> page = browser.get(first, path);
            assertThat(page.statusCode()).as(path).isEqualTo(200);
            assertThat(page.body()).doesNotContain("class=\"failed\"");
            MarkupRules.verify(page.body());
        }
        for (String path : refused.equals("none") ? new String[0] : refused.split(",", -1)) {
            HttpResponse<String> page = browser.get(first, path);
            assertThat(page.statusCode()).as(path).isEqualTo(403);
            MarkupRules.verify(page.body());
        }
        List<String> links = sections == null
                ? List.of()
                : List.of(sections.split(",", -1)).stream()
                        .map(one -> "<li><a href=\"" + (one.isEmpty() ? "./" : one) + "\"")
                        .toList();
        String html = browser.get(first, "transaction?gid=of-shop").body();
        String nav = html.substring(html.indexOf("<nav"), html.indexOf("</nav>"));
        assertThat(nav.split("<li>", -1)).hasSize(links.size() + 1);
        assertThat(links).allSatisfy(link -> assertThat(nav).contains(link));
        assertThat(audit()).noneMatch(one -> one.getOperation().equals("role"));
    }

    @Test
    void a_submitter_sees_no_other_submitters_transaction() {
        HttpResponse<String> page = signedIn("shop").get(first, "transaction?gid=of-both");
        assertThat(page.statusCode()).isEqualTo(404);
        assertThat(page.body()).contains("ENT-030");
    }

    @Test
    void an_operation_is_audited_as_the_signed_in_user() {
        principals.at(first, "shop").submit(SamplePlans.scheduled("parks"));
        Transaction seen = principals.at(first, "ann").get("parks");
        Map<String, String> form = Map.of(
                "gid",
                "parks",
                "operation",
                "park",
                "reason",
                "odd & even",
                "revision",
                Long.toString(seen.getRevision()),
                "fence",
                "0");
        assertThat(signedIn("vic").post(first, "transaction/operation", form).statusCode())
                .isEqualTo(403);
        assertThat(signedIn("vic").post(first, "new", Map.of("do", "check")).statusCode())
                .isEqualTo(403);
        HttpResponse<String> unknown = new Browser().post(first, "transaction/operation", form);
        assertThat(unknown.statusCode()).isEqualTo(401);
        assertThat(unknown.body()).contains("action=\"../sign-in\"", "reason=odd+%26+even");

        assertThat(signedIn("ann").post(second, "transaction/operation", form).statusCode())
                .isEqualTo(303);

        assertThat(principals.at(first, "ann").get("parks").hasParked()).isTrue();
        AuditEntry row = audit().stream()
                .filter(one -> one.getOperation().equals("park") && one.getGid().equals("parks"))
                .findFirst()
                .orElseThrow();
        assertThat(row.getActor()).isEqualTo("ann");
        assertThat(row.getPeer()).isEqualTo("127.0.0.1");
    }

    /** Only the console, in the same process, may name the caller to the services. */
    @Test
    void a_header_that_names_a_console_user_is_ignored() throws Exception {
        String hash = Hashing.sha256()
                .hashString(principals.secret("root"), StandardCharsets.UTF_8)
                .toString();
        Client forger = first.with("entente-visitor", hash).with("entente-http-client", "10.0.0.1");
        assertThatThrownBy(() -> forger.get("of-shop")).hasMessageContaining("ENT-060");
        assertThatThrownBy(() -> forger.as(principals.secret("shop")).park("of-shop"))
                .hasMessageContaining("ENT-061");
        for (String header : List.of("entente-visitor", "Cookie")) {
            Browser root = signedIn("root");
            String value = header.equals("Cookie")
                    ? root.sessionName() + "-" + first.server.ready().http().replaceFirst(".*:", "") + "="
                            + root.session()
                    : hash;
            HttpResponse<String> json = HTTP.send(
                    HttpRequest.newBuilder(URI.create("http://"
                                    + first.server.ready().http() + "/entente.v1.TransactionService/GetTransaction"))
                            .header("Content-Type", "application/json")
                            .header(header, value)
                            .POST(HttpRequest.BodyPublishers.ofString("{\"gid\":\"of-shop\"}"))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(json.statusCode()).as(header).isEqualTo(401);
            assertThat(json.body()).contains("ENT-060");
        }
        Browser browser = new Browser();
        assertThat(browser.get(first, "", "entente-visitor", hash).statusCode()).isEqualTo(401);
    }
}
