package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.server.Certificate;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.Principals;
import dev.entente.server.console.part.SignedInUsers;
import dev.entente.server.http.EventFeed;
import dev.entente.server.http.WebRequest;
import dev.entente.server.http.WebResponse;
import dev.entente.server.store.BulkRunTable;
import dev.entente.server.store.Database;
import dev.entente.server.store.QueryExecutor;
import dev.entente.server.store.StoreUnavailable;
import dev.entente.server.store.TestDatabase;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Transports of a token and a cookie: HTTPS, a proxy with HTTPS, and this machine itself. */
class SignInTransportTest {
    private static final String SECURE =
            "__Host-entente-session-[0-9a-f]{8}-\\d+=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Lax; Secure";

    @TempDir
    static Path folder;

    private static Principals principals;
    private static LocalCoordinator proxied;

    @BeforeAll
    static void start() {
        principals = new Principals(folder, "ann operator");
        proxied = LocalCoordinator.start(
                "auth.tokenFile", principals.file.toString(), "http.trustedProxies", "127.0.0.1, 10.1.0.0/16");
    }

    @AfterAll
    static void stop() {
        proxied.close();
    }

    private static HttpResponse<String> signIn(Browser browser, LocalCoordinator at, String... headers) {
        return browser.post(at, "sign-in", Map.of("token", principals.secret("ann"), "to", ""), headers);
    }

    @ParameterizedTest
    @CsvSource({"HTTP_1_1", "HTTP_2"})
    void over_https_the_session_cookie_is_secure(HttpClient.Version version) throws Exception {
        Certificate certificate = Certificate.selfSigned(folder, version.name());
        SSLContext context = Certificate.trusting(List.of(certificate));
        try (HttpClient client = HttpClient.newBuilder()
                        .version(version)
                        .sslContext(context)
                        .build();
                LocalCoordinator encrypted = LocalCoordinator.start(
                        "auth.tokenFile",
                        principals.file.toString(),
                        "http.tls",
                        "on",
                        "grpc.tls.certificate",
                        certificate.chain().toString(),
                        "grpc.tls.key",
                        certificate.key().toString())) {
            Browser browser = new Browser(client, "https");
            String own443 = encrypted.server.ready().http();
            assertThat(signIn(browser, encrypted, "Origin", "http://" + own443).statusCode())
                    .isEqualTo(403);
            HttpResponse<String> led = signIn(browser, encrypted, "Origin", "https://" + own443);
            assertThat(led.statusCode()).isEqualTo(303);
            assertThat(led.headers().firstValue("Set-Cookie").orElseThrow()).matches(SECURE);
            HttpResponse<String> chosen = browser.get(encrypted, "topics?lang=zh-CN");
            assertThat(chosen.statusCode()).isEqualTo(200);
            assertThat(chosen.headers().firstValue("Set-Cookie").orElseThrow())
                    .startsWith("entente-lang=zh-CN; Path=/;");
            assertThat(browser.cookies).hasSize(2);
            assertThat(browser.get(encrypted, "").body()).contains("<bdi>ann</bdi>", "<html lang=\"zh-CN\">");
            // A cookie that plain HTTP could have set is ignored here.
            String name = browser.sessionName();
            browser.cookies.put(name.replace("__Host-", ""), browser.cookies.remove(name));
            assertThat(browser.status(encrypted, "")).isEqualTo(401);
        }
    }

    @Test
    void a_trusted_proxy_reports_https_and_the_client_address() {
        Browser browser = new Browser();
        String[] passed = {
            "Sec-Fetch-Site",
            "same-origin",
            "X-Forwarded-Proto",
            "https",
            "X-Forwarded-For",
            "6.6.6.6, 203.0.113.7,10.1.2.3"
        };
        HttpResponse<String> led = signIn(browser, proxied, passed);
        assertThat(led.statusCode()).isEqualTo(303);
        assertThat(led.headers().firstValue("Set-Cookie").orElseThrow()).matches(SECURE);
        assertThat(browser.get(proxied, "", passed).statusCode()).isEqualTo(200);
        assertThat(browser.get(proxied, "").statusCode()).isEqualTo(401);
        signedInFrom("203.0.113.7");
    }

    private static void signedInFrom(String peer) {
        await().untilAsserted(() -> assertThat(proxied.number(
                        "select count(*) from audit_entry where operation = 'sign-in' and actor = 'ann' and peer = '"
                                + peer + "'"))
                .isOne());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "203.0.113.8:4711 | 203.0.113.8",
                "6.6.6.6, 203.0.113.9, 10.1.2.3:80 | 203.0.113.9",
                "[2001:db8::7]:443, 10.1.2.3 | 2001:db8:0:0:0:0:0:7",
                "2001:db8::8 | 2001:db8:0:0:0:0:0:8",
                ",, 203.0.113.10 ,, | 203.0.113.10",
                "203.0.113.11, unknown, 10.1.2.5 | 10.1.2.5",
                "203.0.113.12, 3405803789, 10.1.2.6 | 10.1.2.6"
            })
    void the_client_address_is_the_last_untrusted_address(String passed, String peer) {
        HttpResponse<String> led = signIn(
                new Browser(),
                proxied,
                "Sec-Fetch-Site",
                "same-origin",
                "X-Forwarded-Proto",
                "HTTPS",
                "X-Forwarded-For",
                passed);
        assertThat(led.statusCode()).isEqualTo(303);
        signedInFrom(peer);
    }

    @ParameterizedTest
    @CsvSource({
        "X-Forwarded-Proto, http",
        "X-Forwarded-Proto, 'https, http'",
        "X-Forwarded-Proto, 'https,'",
        "X-Forwarded-Proto, ',https'",
        "X-Forwarded-For, 203.0.113.7",
        "Forwarded, proto=https"
    })
    void a_sign_in_over_plain_http_is_refused_with_the_reason(String header, String value) {
        Browser browser = new Browser();
        HttpResponse<String> refused = signIn(browser, proxied, "Sec-Fetch-Site", "same-origin", header, value);
        assertThat(refused.statusCode()).isEqualTo(403);
        MarkupRules.verify(refused.body());
        assertThat(refused.body())
                .contains("others could read the token", "http.trustedProxies")
                .doesNotContain("type=\"password\"");
        assertThat(browser.cookies).isEmpty();
        assertThat(browser.get(proxied, "audit", header, value).statusCode()).isEqualTo(403);
        // A session from this machine is not accepted over plain HTTP.
        assertThat(signIn(browser, proxied, "Sec-Fetch-Site", "same-origin").statusCode())
                .isEqualTo(303);
        assertThat(browser.get(proxied, "", header, value).statusCode()).isEqualTo(403);
        assertThat(browser.status(proxied, "")).isEqualTo(200);
    }

    @Test
    void forwarding_headers_of_an_untrusted_client_are_ignored() {
        try (LocalCoordinator alone = LocalCoordinator.start(
                "auth.tokenFile", principals.file.toString(), "http.trustedProxies", "10.1.0.0/16")) {
            Browser browser = new Browser();
            HttpResponse<String> refused =
                    signIn(browser, alone, "Sec-Fetch-Site", "same-origin", "X-Forwarded-Proto", "https");
            assertThat(refused.statusCode()).isEqualTo(403);
            assertThat(refused.body()).contains("others could read the token");
        }
    }

    /** Sessions that cannot be read at the moment stay valid. */
    @Test
    void while_the_database_is_unavailable_no_user_is_signed_out() {
        StoreUnavailable unavailable = new StoreUnavailable("away", null);
        try (Database database = TestDatabase.migrated();
                QueryExecutor queries = QueryExecutor.forUnauthenticated(Runnable::run, 1, database.settings())) {
            Console console = new Console(
                    (_, _) -> {
                        throw new AssertionError("no user is known");
                    },
                    new SignedInUsers(
                            (_, _) -> {
                                throw unavailable;
                            },
                            _ -> {
                                throw unavailable;
                            },
                            _ -> {
                                throw unavailable;
                            },
                            (_, _) -> {
                                throw unavailable;
                            },
                            "database"),
                    new BulkRunTable(database, queries),
                    true,
                    Instant::now);
            WebResponse answer = console.answer(asked("/audit"));
            assertThat(answer.status()).isEqualTo(503);
            assertThat(answer.headers()).containsOnlyKeys("Retry-After");
            assertThat(new String(answer.body(), StandardCharsets.UTF_8)).contains("<h1>No response</h1>");
            EventFeed stream = Objects.requireNonNull(console.events(asked("/live")));
            assertThat(stream.next()).as("signed out by nothing").isNull();
        }
    }

    private static WebRequest asked(String path) {
        return new WebRequest(
                path,
                "",
                null,
                "127.0.0.1",
                false,
                true,
                "",
                name -> name.equals("Cookie") ? "entente-session-database=x" : "");
    }
}
