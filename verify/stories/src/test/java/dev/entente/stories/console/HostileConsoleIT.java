package dev.entente.stories.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.ElementHandle;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Response;
import com.microsoft.playwright.options.ColorScheme;
import com.sun.net.httpserver.HttpServer;
import dev.entente.client.ApprovalStep;
import dev.entente.client.Message;
import dev.entente.client.Participant;
import dev.entente.client.Retry;
import dev.entente.client.Saga;
import dev.entente.stories.plans.HeldCalls;
import dev.entente.v1.BranchStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import shop.v1.AddPointsRequest;
import shop.v1.ChargeRequest;
import shop.v1.Fault;
import shop.v1.PaymentServiceGrpc;
import shop.v1.PointsServiceGrpc;

/** The console with hostile texts, hostile pages and a transaction of the maximum size. */
@Tag("deep")
@Tag("console")
final class HostileConsoleIT {
    private static final int NARROW = 360;
    private static final int LONGEST_NAME = 64;
    private static final int LONGEST_VALUE = 256;
    private static final int BRANCHES = 256;
    /** The failures of each branch except the first. Together they cause more than 20,000 events. */
    private static final int FAILURES = 79;

    private static final int MAX_BYTES = 300_000;
    private static final String NOT_A_DOUBLE = "9007199254740993";

    private static ConsoleSite site;
    private static Chromium chromium;
    private static int count;

    @BeforeAll
    static void start() throws Exception {
        chromium = Chromium.start();
        site = ConsoleSite.start();
    }

    @AfterAll
    static void stop() {
        if (site != null) {
            site.close();
        }
        chromium.close();
    }

    static List<String> texts() {
        return List.of(
                "<script>window.hostile = 1</script>",
                "\"><img src=x onerror=\"window.hostile = 1\">",
                "'-(window.hostile = 1)-' ${window.hostile = 1} {{window.hostile = 1}}",
                "\u202egnp.exe \u2066 \u202a",
                "x".repeat(500),
                "\u5206\u5e03\u5f0f\u4e8b\u52a1".repeat(20),
                "\ud83d\ude80\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67".repeat(9));
    }

    @ParameterizedTest
    @MethodSource("texts")
    void a_users_text_is_shown_as_text_on_every_page(String text) throws Exception {
        String gid = "hostile-" + ++count;
        submitRefused(gid, text);
        submitWithApproval(gid + "-asks", text);
        try (Tab tab = chromium.open(ColorScheme.LIGHT, NARROW, "en")) {
            Page page = tab.page();
            checkShown(tab, "transaction?gid=" + gid, text);
            checkShown(tab, "transaction?gid=" + gid + "-asks", text);
            page.navigate(site.url(page.getAttribute("a[href*=payload]", "href")));
            check(tab);
            page.navigate(site.url("transaction/operation?operation=park&gid=" + gid + "-asks"));
            check(tab);
            page.fill("input[name=reason]", text);
            page.click("form.do button");
            page.waitForURL(url -> url.contains("transaction?gid="));
            check(tab);
            checkShown(tab, "audit?gid=" + gid + "-asks", text);
            String asked = URLEncoder.encode(text, StandardCharsets.UTF_8);
            checkShown(tab, "transactions?name=" + asked + "&label=y%3D" + asked, "");
            checkShown(tab, "transactions", "");
            page.navigate(site.url("transactions?participant=" + asked)); // refused: no participant has that name
            tab.checkWidth();
            assertThat(page.evaluate("() => window.hostile === undefined")).isEqualTo(true);
        }
    }

    private static String cut(String text, int most) {
        return text.substring(0, Math.min(text.length(), most));
    }

    /** Submits a saga that a participant refuses with a message that contains the text. */
    private static void submitRefused(String gid, String text) {
        Saga saga = site.entente().saga("x".repeat(LONGEST_NAME)).gid(gid);
        saga.label("y".repeat(LONGEST_NAME), cut(text, LONGEST_VALUE));
        pay(saga, text);
        saga.submit();
        await().until(() -> site.entente().transactions().get(gid).getTerminal());
    }

    private static void pay(Saga saga, String text) {
        ChargeRequest charge =
                ChargeRequest.newBuilder().setAccount(text).setCents(1).build();
        Participant payment = site.entente().participant("payment");
        saga.step("pay", payment.call(PaymentServiceGrpc.getChargeMethod(), charge))
                .nothingToUndo();
    }

    private static void submitWithApproval(String gid, String text) {
        Saga saga = site.entente().saga("asks").gid(gid);
        saga.approval("person").prompt(text).within(Duration.ofHours(1), ApprovalStep.Expiry.REJECT);
        pay(saga, text);
        saga.submit();
        await().until(() ->
                site.entente().transactions().get(gid).getBranches(0).getState()
                        == BranchStatus.State.AWAITING_APPROVAL);
    }

    private static void checkShown(Tab tab, String page, String text) {
        tab.page().navigate(site.url(page));
        check(tab);
        assertThat(tab.page().textContent("main")).contains(cut(longestPlainPart(text), LONGEST_NAME));
    }

    /** Returns the longest part between format characters. The console writes format characters as numbers. */
    private static String longestPlainPart(String text) {
        return Stream.of(text.split("\\p{Cf}"))
                .max(Comparator.comparing(String::length))
                .orElseThrow()
                .strip();
    }

    private static void check(Tab tab) {
        tab.check();
        tab.checkWidth();
        assertThat(tab.page().evaluate("() => window.hostile === undefined")).isEqualTo(true);
    }

    @Test
    void another_site_cannot_post_forms_frame_pages_or_use_another_host_name() throws Exception {
        site.park("order-framed");
        String form = """
            <form method="post" action="%s"><input name="gid" value="order-framed"><input name="operation" value="retry">
            <input name="reason" value="none"><button>Win</button></form><iframe src="%s"></iframe>
            """.formatted(site.url("transaction/operation"), site.url("transaction?gid=order-framed"));
        HttpServer evil = serve(form);
        try (Tab tab = chromium.open(ColorScheme.LIGHT, NARROW, "en")) {
            Page page = tab.page();
            page.navigate("http://localhost:" + evil.getAddress().getPort());
            ElementHandle frame = page.querySelector("iframe");
            assertThat(frame.contentFrame().content()).doesNotContain("order-framed");
            Response answer = page.waitForResponse(
                    response -> response.url().endsWith("transaction/operation"), () -> page.click("button"));
            assertThat(answer.status()).isEqualTo(403);
            assertThat(site.entente().transactions().get("order-framed").hasParked())
                    .isTrue();
            String renamed = site.url("").replaceFirst("//[^:/]+", "//another.localhost");
            assertThat(page.navigate(renamed).status()).as(renamed).isEqualTo(421);
        } finally {
            evil.stop(0);
        }
    }

    private static HttpServer serve(String html) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = html.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "text/html");
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return server;
    }

    @Test
    void the_largest_transaction_has_a_small_page_with_complete_numbers() throws Exception {
        String gid = "largest";
        try (HeldCalls held = HeldCalls.hold();
                Tab tab = chromium.open(ColorScheme.DARK, NARROW, "en")) {
            submitLargest(gid, held.fault());
            await().until(() -> site.entente().transactions().get(gid).getBranchesList().stream()
                            .filter(branch -> branch.getState() == BranchStatus.State.DONE)
                            .count()
                    == BRANCHES - 1);
            assertThat(site.entente().transactions().describe(gid).getHistoryCount())
                    .isGreaterThan(20_000);
            Page page = tab.page();
            assertThat(page.navigate(site.url("transaction?gid=" + gid)).body()).hasSizeLessThan(MAX_BYTES);
            check(tab);
            String payload = page.getAttribute("a[href*=payload]", "href");
            assertThat(page.navigate(site.url(payload)).body()).hasSizeLessThan(MAX_BYTES);
            check(tab);
            assertThat(page.textContent("main")).contains(NOT_A_DOUBLE);
        }
    }

    /** Submits a message. The first delivery is held; all other deliveries fail often before they succeed. */
    private static void submitLargest(String gid, Fault held) {
        Participant points = site.entente().participant("points");
        Message message = site.entente().message("largest").gid(gid).retry(Retry.fixed(Duration.ofMillis(1), 100));
        for (int i = 0; i < BRANCHES; i++) {
            AddPointsRequest add = AddPointsRequest.newBuilder()
                    .setAccount("customer-" + i)
                    .setPoints(Long.parseLong(NOT_A_DOUBLE))
                    .setFault(
                            i == 0
                                    ? held
                                    : Fault.newBuilder().setFailTimes(FAILURES).build())
                    .build();
            message.to(points.call(PointsServiceGrpc.getAddMethod(), add));
        }
        message.submit();
    }
}
