package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.NginxProxy;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.Principals;
import java.net.CookieManager;
import java.net.HttpCookie;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One browser, with one set of cookies for a host, at two consoles of one host on two databases. */
class TwoConsolesTest {
    @TempDir
    Path folder;

    private final CookieManager cookies = new CookieManager();
    private final HttpClient browser =
            HttpClient.newBuilder().cookieHandler(cookies).build();
    private Principals principals;
    private LocalCoordinator first;
    private LocalCoordinator second;

    @BeforeEach
    void start() {
        principals = new Principals(folder, "ann operator", "vic viewer");
        first = LocalCoordinator.start("auth.tokenFile", principals.file.toString());
        second = LocalCoordinator.start("auth.tokenFile", principals.file.toString());
    }

    @AfterEach
    void stop() {
        browser.close();
        second.close();
        first.close();
    }

    private String get(String page) throws Exception {
        return browser.send(
                        HttpRequest.newBuilder(URI.create(page))
                                .header("Accept", "text/html")
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private void post(String page, Map<String, String> form) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(page))
                .headers(Browser.OWN)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(Browser.encoded(form)))
                .build();
        assertThat(browser.send(request, HttpResponse.BodyHandlers.discarding()).statusCode())
                .isEqualTo(303);
    }

    private void signIn(String console, String who) throws Exception {
        post(console + "sign-in", Map.of("token", principals.secret(who), "to", ""));
    }

    private void assertSeparateSessions(String one, String other) throws Exception {
        signIn(one, "ann");
        signIn(other, "vic");
        assertThat(get(one)).contains("<bdi>ann</bdi>");
        assertThat(get(other)).contains("<bdi>vic</bdi>");
        assertThat(cookies.getCookieStore().getCookies())
                .extracting(HttpCookie::getName)
                .doesNotHaveDuplicates()
                .hasSize(2);
        post(one + "sign-out", Map.of());
        assertThat(get(one)).contains("<h1>Sign in</h1>");
        assertThat(get(other)).contains("<bdi>vic</bdi>");
    }

    @Test
    void two_ports_have_separate_sessions() throws Exception {
        assertSeparateSessions(
                "http://" + first.server.ready().http() + "/",
                "http://" + second.server.ready().http() + "/");
    }

    @Test
    void two_ports_of_one_database_have_separate_sessions() throws Exception {
        try (LocalCoordinator beside =
                LocalCoordinator.start(first.database, "node-b", "auth.tokenFile", principals.file.toString())) {
            assertSeparateSessions(
                    "http://" + first.server.ready().http() + "/",
                    "http://" + beside.server.ready().http() + "/");
        }
    }

    @Test
    void two_paths_of_one_proxy_have_separate_sessions() throws Exception {
        NginxProxy.PROGRAM.require();
        String directives = """
            proxy_set_header Host $http_host;
            location /one/ { proxy_pass http://coordinator/; }
            location /other/ { proxy_pass http://%s/; }
            location / { proxy_pass http://coordinator; }
            """.formatted(second.server.ready().http());
        try (NginxProxy nginx = new NginxProxy(first.server.ready().http(), directives)) {
            nginx.start();
            String host = "http://127.0.0.1:" + nginx.port();
            assertSeparateSessions(host + "/one/", host + "/other/");
            signIn(host + "/", "ann");
            assertThat(get(host + "/other/")).contains("<bdi>vic</bdi>");
        }
    }
}
