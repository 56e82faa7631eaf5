package dev.entente.stories.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.options.ColorScheme;
import dev.entente.client.Participant;
import dev.entente.client.Saga;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import shop.v1.ChargeRequest;
import shop.v1.PaymentServiceGrpc;

/** Pages that update themselves without a reload. */
@Tag("deep")
@Tag("console")
final class LiveScriptIT {
    private static final String STREAM = "**/live?*";
    private static final String STATUS = "document.querySelector('#live [role=status]').textContent";
    private static final String BUTTON = "document.querySelector('#live button').textContent";

    private static Chromium chromium;
    private static ConsoleSite site;

    private SwitchedAddress address;
    private Tab tab;
    private Page page;

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

    @BeforeEach
    void openTab() throws Exception {
        address = new SwitchedAddress(site.coordinator().ready().http());
        tab = chromium.open(ColorScheme.LIGHT, 1280, "en");
        page = tab.page();
        streams(0);
    }

    @AfterEach
    void closeTab() throws Exception {
        tab.close();
        address.close();
    }

    private void open(String path) {
        page.navigate(address.url(path));
        shows("!document.getElementById('live').hidden");
        page.evaluate("window.isKept = true");
    }

    /** Waits until the opened page fulfils the condition. */
    private void shows(String condition) {
        page.waitForFunction("() => " + condition);
    }

    private void assertNotReloaded() {
        assertThat(page.evaluate("window.isKept")).isEqualTo(true);
    }

    private static void submit(String gid) {
        Participant payment = site.entente().participant("payment");
        Saga saga = site.entente().saga("later").gid(gid).delay(Duration.ofHours(1));
        saga.step("pay", payment.call(PaymentServiceGrpc.getChargeMethod(), ChargeRequest.getDefaultInstance()))
                .nothingToUndo();
        saga.submit();
    }

    private static void operate(String method, String gid) throws Exception {
        String json = "{\"gid\": \"%s\", \"reason\": \"odd\"}".formatted(gid);
        var _ = WaitSite.ask(site.coordinator(), method, json);
    }

    private static void streams(int count) {
        await(count + " streams").until(() -> {
            try (InputStream metrics = URI.create(site.url("metrics")).toURL().openStream()) {
                return new String(metrics.readAllBytes(), StandardCharsets.UTF_8)
                        .contains("\nentente_http_port_streams " + count + ".0\n");
            }
        });
    }

    @Test
    void a_transaction_page_shows_state_changes() throws Exception {
        submit("followed");
        open("transaction?gid=followed");
        shows("document.querySelector('h1').textContent.includes('Scheduled')");
        operate("OperatorService/ParkTransaction", "followed");
        shows("document.querySelector('h1').textContent.includes('Parked')");
        shows("document.querySelector('#now-state .alert') !== null");
        assertNotReloaded();
    }

    @Test
    void a_section_with_the_focus_stays_until_its_update_button_is_pressed() {
        submit("held-1");
        open("");
        String number = "document.querySelector('#now-open h2 .number').textContent";
        shows(number + " !== ''");
        Object before = page.evaluate(number);
        page.focus("#now-open a");
        submit("held-2");
        shows("document.querySelector('.stale[data-of=now-open]')?.textContent === 'New data: show'");
        assertThat(page.evaluate(number)).isEqualTo(before);
        page.focus(".stale[data-of=now-open]");
        page.keyboard().press("Enter");
        shows(number + " !== '" + before + "' && document.querySelector('.stale[data-of=now-open]') === null");
        shows("document.activeElement.id === 'now-open'");
        assertNotReloaded();
    }

    @Test
    void an_open_legend_and_a_focused_drawing_do_not_delay_updates() throws Exception {
        submit("legend");
        open("transaction?gid=legend");
        page.click("#now-plan + details summary");
        page.focus("#now-timeline .drawing");
        operate("OperatorService/ParkTransaction", "legend");
        shows("document.querySelector('.time').ariaLabel.startsWith('2 events')");
        shows("document.querySelector('#now-plan + details').open");
        shows("document.activeElement.matches('#now-timeline .drawing')");
        shows("document.querySelector('.stale') === null");
        assertNotReloaded();
    }

    @Test
    void outdated_actions_are_marked_as_out_of_date() throws Exception {
        submit("outdated");
        open("transaction?gid=outdated");
        page.focus("#now-acts a");
        operate("OperatorService/ParkTransaction", "outdated");
        shows("document.getElementById('now-acts').classList.contains('outdated')");
        Object chip = page.evaluate(
                "getComputedStyle(document.querySelector('.stale[data-of=now-acts]'), '::before').content");
        assertThat(chip.toString()).contains("Out of date");
        assertThat(page.evaluate("getComputedStyle(document.querySelector('#now-acts .act')).borderStyle"))
                .isEqualTo("dashed");
        page.click(".stale[data-of=now-acts]");
        shows("document.querySelector('.outdated') === null && document.querySelector('.stale') === null");
        shows("document.querySelector('#now-acts a[href*=\"operation=resume\"]') !== null");
        assertNotReloaded();
    }

    @Test
    void rows_keep_their_positions_and_show_new_states() throws Exception {
        submit("row-1");
        submit("row-2");
        submit("row-3");
        open("transactions?only=open&gid=row-");
        submit("row-4");
        operate("OperatorService/ParkTransaction", "row-3");
        operate("TransactionService/AbortTransaction", "row-2");
        shows("document.getElementById('newer').textContent.startsWith('1 new')");
        shows("document.getElementById('tx-row-3').textContent.includes('Parked')");
        shows("document.querySelector('#tx-row-2 .gone')?.textContent === 'no longer in this list'");
        assertThat(page.evaluate("[...document.querySelectorAll('#rows tr[id]')].map(row => row.id).join()"))
                .isEqualTo("tx-row-3,tx-row-2,tx-row-1");
        assertNotReloaded();
    }

    @Test
    void a_lost_connection_is_reported_and_restored() throws Exception {
        submit("broken");
        open("transaction?gid=broken");
        streams(1);
        Object place = page.evaluate("document.querySelector('h1').getBoundingClientRect().top");
        address.cut();
        shows(STATUS + ".startsWith('Connection lost, reconnecting. Data as of 20')");
        assertThat(page.evaluate("document.querySelector('h1').getBoundingClientRect().top"))
                .isEqualTo(place);
        streams(0);
        operate("OperatorService/ParkTransaction", "broken");
        address.forwardTo(site.coordinator().ready().http());
        shows(STATUS + " === 'Connected again'");
        shows("document.querySelector('h1').textContent.includes('Parked')");
        assertNotReloaded();
        streams(1);
    }

    @Test
    void a_page_is_replaced_only_by_an_available_page() {
        String list = "transactions?only=open&gid=left-";
        open(list);
        streams(1);
        Route.FulfillOptions signedOut = new Route.FulfillOptions()
                .setContentType("text/event-stream")
                .setBody("event: signed-out\ndata: 1\n\n");
        page.route(STREAM, route -> route.fulfill(signedOut));
        AtomicInteger asked = new AtomicInteger();
        page.route("**/transactions?*", route -> {
            asked.incrementAndGet();
            route.fulfill(new Route.FulfillOptions().setStatus(404).setBody("<p>no such backend</p>"));
        });
        page.click("#live button");
        page.click("#live button");
        shows(STATUS + ".startsWith('Connection lost, reconnecting. Data as of 20')");
        page.waitForCondition(() -> asked.get() > 1);
        assertNotReloaded();
        shows("document.querySelector('h1') !== null");
        page.unrouteAll();
        page.evaluate("document.body.dataset.old = 'yes'");
        shows("document.body?.dataset.old !== 'yes' && document.getElementById('live')?.hidden === false");
        streams(1);
    }

    @Test
    void a_page_without_a_stream_is_polled() throws Exception {
        submit("polled");
        page.route(STREAM, route -> route.abort());
        open("transaction?gid=polled");
        operate("OperatorService/ParkTransaction", "polled");
        shows("document.querySelector('h1').textContent.includes('Parked')");
        assertNotReloaded();
        page.unroute(STREAM);
        streams(1);
    }

    @Test
    void a_tab_that_is_hidden_or_switched_off_has_no_stream() {
        open("participants");
        streams(1);
        page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })");
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
        streams(0);
        page.evaluate("delete document.hidden");
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
        streams(1);
        page.click("#live button");
        shows(BUTTON + " === 'Live: off'");
        streams(0);
        open("coordinators");
        shows(BUTTON + " === 'Live: off'");
        page.click("#live button");
        streams(1);
    }
}
