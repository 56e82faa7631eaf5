package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.NginxProxy;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.Principals;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The console behind a real nginx that terminates HTTPS, with the headers of Chromium. */
class NginxConsoleTest {
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @TempDir
    static Path folder;

    private static Principals principals;
    private static LocalCoordinator coordinator;

    @BeforeAll
    static void start() {
        NginxProxy.PROGRAM.require();
        principals = new Principals(folder, "ann operator");
        coordinator = LocalCoordinator.start(
                "auth.tokenFile",
                principals.file.toString(),
                "http.trustedProxies",
                "127.0.0.1",
                "http.hosts",
                "entente.shop.example,fd00::7,entente_a");
    }

    @AfterAll
    static void stop() {
        HTTP.close();
        if (coordinator != null) {
            coordinator.close();
        }
    }

    /** Returns the response to a sign-in through an nginx with that Host header. */
    private static HttpResponse<String> signIn(String host, String protocol, String... headers) throws Exception {
        String directives = """
            location / {
              proxy_pass http://coordinator;
              proxy_http_version 1.1;
              proxy_set_header Connection "";
              proxy_set_header Host %s;
              proxy_set_header X-Forwarded-Proto %s;
              proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
              proxy_hide_header Referrer-Policy;
              add_header Referrer-Policy no-referrer always;
            }
            large_client_header_buffers 4 32k;
            """.formatted(host, protocol);
        try (NginxProxy nginx = new NginxProxy(coordinator.server.ready().http(), directives)) {
            nginx.start();
            String form = Browser.encoded(Map.of("token", principals.secret("ann"), "to", ""));
            HttpRequest.Builder request = HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + nginx.port() + "/sign-in"))
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .headers(headers)
                    .POST(HttpRequest.BodyPublishers.ofString(form));
            return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        }
    }

    @Test
    void a_null_origin_from_the_same_origin_is_accepted() throws Exception {
        HttpResponse<String> led =
                signIn("entente.shop.example", "https", "Origin", "null", "Sec-Fetch-Site", "same-origin");
        assertThat(led.statusCode()).isEqualTo(303);
        assertThat(led.headers().allValues("Referrer-Policy")).containsExactly("no-referrer");
    }

    @ParameterizedTest
    @CsvSource({
        "cross-site, cross-site",
        "same-site, same-site",
        "none, none",
        "'', ''",
        "'same-origin, same-origin', 'same-origin, same-origin'",
        "Same-Origin, Same-Origin"
    })
    void a_null_origin_from_another_site_is_refused_with_both_values(String site, String shown) throws Exception {
        String[] headers = site.isEmpty()
                ? new String[] {"Origin", "null"}
                : new String[] {"Origin", "null", "Sec-Fetch-Site", site};
        HttpResponse<String> refused = signIn("entente.shop.example", "https", headers);
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("ENT-064", "Origin header is 'null'", "Sec-Fetch-Site is '" + shown + "'");
    }

    @ParameterizedTest
    @CsvSource({
        "entente.shop.example:443, https, https://entente.shop.example",
        "entente.shop.example, https, https://entente.shop.example:443",
        "ENTENTE.shop.example:443, https, https://entente.shop.example",
        "entente.shop.example:8443, https, https://entente.shop.example:8443",
        "[fd00::7]:443, https, https://[fd00::7]",
        "entente_a:443, https, https://entente_a",
        "localhost:80, http, http://localhost",
        "localhost, http, http://localhost:80"
    })
    void a_default_port_equals_an_absent_port(String host, String protocol, String origin) throws Exception {
        HttpResponse<String> led = signIn(host, protocol, "Origin", origin, "Sec-Fetch-Site", "same-origin");
        // Behind a proxy without HTTPS, the console refuses the token, not the port.
        assertThat(led.statusCode()).isEqualTo(protocol.equals("https") ? 303 : 403);
        assertThat(led.body()).doesNotContain("ENT-064");
    }

    @ParameterizedTest
    @CsvSource({
        "entente.shop.example:8443, https, https://entente.shop.example",
        "entente.shop.example, https, https://entente.shop.example:80",
        "entente.shop.example:443, https, http://entente.shop.example",
        "entente.shop.example:443, https, https://entente.shop.example:444",
        "entente.shop.example, https, https://shop.example",
        "localhost:443, http, http://localhost"
    })
    void another_origin_is_refused_with_both_values(String host, String protocol, String origin) throws Exception {
        HttpResponse<String> refused = signIn(host, protocol, "Origin", origin, "Sec-Fetch-Site", "same-origin");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body())
                .contains("ENT-064", "Origin header is '" + origin + "'", "'" + protocol + "://" + host + "'");
    }

    @Test
    void large_cookies_of_single_sign_on_are_accepted() throws Exception {
        String cookies = "_oauth2_proxy_0=" + "z".repeat(9000) + "; _oauth2_proxy_1=" + "z".repeat(20_000);
        HttpResponse<String> led = signIn(
                "localhost",
                "https",
                "Cookie",
                cookies,
                "Origin",
                "https://localhost",
                "Sec-Fetch-Site",
                "same-origin");
        assertThat(led.statusCode()).isEqualTo(303);
    }

    @Test
    void an_unconfigured_host_is_refused_and_shown() throws Exception {
        HttpResponse<String> refused = signIn("other.example:443", "https", "Origin", "https://other.example");
        assertThat(refused.statusCode()).isEqualTo(421);
        assertThat(refused.body()).contains("Host header 'other.example:443'", "http.hosts");
    }
}
