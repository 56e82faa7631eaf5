package dev.entente.stories.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.Cookie;
import dev.entente.backends.NginxProxy;
import dev.entente.client.Participant;
import dev.entente.client.Saga;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import shop.v1.ChargeRequest;
import shop.v1.PaymentServiceGrpc;

/** Live pages behind a proxy that responds instead of the coordinator, for example when the proxy's session ends. */
@Tag("deep")
@Tag("console")
final class LiveBehindProxyIT {
    private static final String STATUS = "document.querySelector('#live [role=status]').textContent";
    private static final String BUTTON = "document.querySelector('#live button').textContent";
    private static final int RELOADS = 4;
    /** Single sign-on: the cookie {@code answer} selects a response instead of the coordinator's response. */
    private static final String SIGN_ON = """
        default_type text/html;
        location ~ ^/(oauth2|authorize) { return 200 '<main id="main">Sign in</main>'; }
        location / {
          if ($cookie_answer = other-host) { return 302 http://localhost:$server_port/authorize; }
          if ($cookie_answer = own-host) { return 303 /oauth2/sign_in; }
          if ($cookie_answer = 307) { return 307 /oauth2/sign_in; }
          if ($cookie_answer = 200) { return 200 '<main id="main">Sign in</main>'; }
          if ($cookie_answer = 401) { return 401 '<p>Sign in</p>'; }
          if ($cookie_answer = 403) { return 403 '<main id="main">Sign in</main>'; }
          if ($cookie_answer = 204) { return 204; }
          if ($cookie_answer = 404) { return 404 '<main id="main">No such backend</main>'; }
          if ($cookie_answer = 429) { return 429 '<p>Too many requests</p>'; }
          if ($cookie_answer = 502) { return 502 '<main id="main">Bad gateway</main>'; }
          proxy_pass http://coordinator;
          proxy_set_header Host $http_host;
        }
        """;

    private static Chromium chromium;
    private static ConsoleSite site;
    private static NginxProxy proxy;

    private Tab tab;
    private Page page;

    @BeforeAll
    static void start() throws Exception {
        NginxProxy.PROGRAM.require();
        chromium = Chromium.start();
        site = ConsoleSite.start();
        proxy = new NginxProxy(site.coordinator().ready().http(), SIGN_ON);
        proxy.start();
    }

    @AfterAll
    static void stop() {
        if (proxy != null) {
            proxy.close();
        }
        if (site != null) {
            site.close();
        }
        chromium.close();
    }

    @BeforeEach
    void openTab() {
        tab = chromium.open(ColorScheme.LIGHT, 1280, "en");
        page = tab.page();
    }

    @AfterEach
    void closeTab() {
        tab.close();
    }

    private void open(String gid) {
        Participant payment = site.entente().participant("payment");
        Saga saga = site.entente().saga("later").gid(gid).delay(Duration.ofHours(1));
        saga.step("pay", payment.call(PaymentServiceGrpc.getChargeMethod(), ChargeRequest.getDefaultInstance()))
                .nothingToUndo();
        saga.submit();
        page.navigate(url() + "transaction?gid=" + gid);
        shows(BUTTON + " === 'Live: on'");
    }

    private static String url() {
        return "http://127.0.0.1:" + proxy.port() + "/";
    }

    private void shows(String condition) {
        page.waitForFunction("() => " + condition);
    }

    private void answers(String answer) {
        page.context().addCookies(List.of(new Cookie("answer", answer).setUrl(url())));
    }

    private static void park(String gid) throws Exception {
        var _ = WaitSite.ask(
                site.coordinator(),
                "OperatorService/ParkTransaction",
                "{\"gid\": \"%s\", \"reason\": \"odd\"}".formatted(gid));
    }

    @ParameterizedTest
    @ValueSource(strings = {"other-host", "own-host", "307", "200", "401", "403"})
    void an_expired_proxy_session_leads_to_the_sign_in_page(String answer) throws Exception {
        open("ends-" + answer);
        answers(answer);
        park("ends-" + answer);
        shows("document.body?.textContent.trim() === 'Sign in'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"other-host", "401"})
    void a_stream_refused_by_the_proxy_leads_to_the_sign_in_page(String answer) {
        open("refused-" + answer);
        answers(answer);
        page.click("#live button");
        page.click("#live button");
        shows("document.body?.textContent.trim() === 'Sign in'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"204", "404", "429", "502"})
    void a_page_with_an_open_stream_is_not_live_until_its_reload_succeeds(String answer) throws Exception {
        String gid = "away-" + answer;
        open(gid);
        page.evaluate("""
            window.statuses = [];
            new MutationObserver(() => window.statuses.push(document.querySelector('#live').textContent.trim()))
              .observe(document.querySelector('#live'), { childList: true, subtree: true, characterData: true });
            """);
        AtomicInteger reloads = new AtomicInteger();
        page.onRequest(request -> {
            if (request.url().contains("transaction?gid=")) {
                reloads.incrementAndGet();
            }
        });
        answers(answer);
        park(gid);
        page.waitForCondition(() -> reloads.get() >= RELOADS);
        assertThat(page.evaluate("window.statuses.join()").toString())
                .startsWith("Connection lost, reconnecting. Data as of 20")
                .doesNotContain("Connected again", "Live: on");
        assertThat(page.evaluate("document.querySelector('h1').textContent").toString())
                .contains("Scheduled");
        assertThat(page.evaluate(BUTTON)).isEqualTo("Live: connecting");

        page.context().clearCookies();
        shows(STATUS + " === 'Connected again' && " + BUTTON + " === 'Live: on'");
        shows("document.querySelector('h1').textContent.includes('Parked')");
    }
}
