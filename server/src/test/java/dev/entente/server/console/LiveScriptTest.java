package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.DebianProgram;
import dev.entente.server.app.LocalCoordinator;
import dev.entente.server.app.SamplePlans;
import dev.entente.server.console.DrivenBrowser.Way;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.OperateRequest;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pages of a real coordinator in a real browser, which follow what happens. */
@Tag("deep")
@Tag("console")
class LiveScriptTest {
    private static final String NO_RELOAD = "window.isKept === true";

    private static LocalCoordinator coordinator;
    private static DrivenBrowser browser;

    @BeforeAll
    static void start(@TempDir Path folder) throws IOException {
        new DebianProgram("chromium", "chromium").require();
        coordinator = LocalCoordinator.start("participants.stock.target", "localhost:1");
        browser = new DrivenBrowser(coordinator.server.ready().http(), folder.resolve("profile"));
    }

    @AfterAll
    static void stop() {
        if (coordinator != null) {
            browser.close();
            coordinator.close();
        }
    }

    private static void open(String path) {
        browser.open(path);
        shows("location.pathname + location.search === '/" + path + "' && document.readyState === 'complete'");
        shows("document.getElementById('live').hidden === false");
        browser.run("window.isKept = true");
    }

    private static void shows(String condition) {
        await(condition).until(() -> browser.run(condition).equals("true"));
    }

    private static void submit(String gid) {
        coordinator.submit(SamplePlans.scheduled(gid));
    }

    private static void park(String gid) {
        coordinator
                .operator()
                .parkTransaction(
                        OperateRequest.newBuilder().setGid(gid).setReason("odd").build());
    }

    private static void streams(int count) {
        URI metrics = URI.create("http://" + coordinator.server.ready().http() + "/metrics");
        await().until(() -> {
            try (var body = metrics.toURL().openStream()) {
                String text = new String(body.readAllBytes(), StandardCharsets.UTF_8);
                return text.contains("\nentente_http_port_streams " + count + ".0\n");
            }
        });
    }

    @Test
    void a_transactions_page_follows_it() {
        submit("followed");
        open("transaction?gid=followed");
        shows("document.querySelector('h1').textContent.includes('Scheduled')");
        park("followed");
        shows("document.querySelector('h1').textContent.includes('Parked')");
        shows("document.querySelector('#now-state .alert') !== null");
        shows(NO_RELOAD);
    }

    @Test
    void what_has_the_focus_stays_until_its_button_is_pressed() {
        submit("held-1");
        open("");
        String number = "document.querySelector('#now-open h2 .number').textContent";
        shows(number + " !== ''");
        String before = browser.run(number);
        browser.run("document.querySelector('#now-open a').focus()");
        submit("held-2");
        shows("document.querySelector('.stale[data-of=now-open]')?.textContent === 'New: show'");
        assertThat(browser.run(number)).isEqualTo(before);
        browser.run("(document.querySelector('.stale').focus(), document.querySelector('.stale').click())");
        shows(number + " !== '" + before + "' && document.querySelector('.stale') === null");
        shows("document.activeElement.id === 'now-open' && " + NO_RELOAD);
    }

    @Test
    void rows_keep_their_places_and_tell_what_became_of_them() {
        for (String gid : new String[] {"row-1", "row-2", "row-3"}) {
            submit(gid);
        }
        open("transactions?only=open&gid=row-");
        submit("row-4");
        park("row-3");
        coordinator
                .transactions()
                .abortTransaction(AbortTransactionRequest.newBuilder()
                        .setGid("row-2")
                        .setReason("odd")
                        .build());
        shows("document.getElementById('newer').textContent.startsWith('1 new')");
        shows("document.getElementById('tx-row-3').textContent.includes('Parked')");
        shows("document.querySelector('#tx-row-2 .gone')?.textContent === 'no longer in this list'");
        assertThat(browser.run("[...document.querySelectorAll('#rows tr[id]')].map(row => row.id)"))
                .isEqualTo("tx-row-3,tx-row-2,tx-row-1");
        shows(NO_RELOAD);
    }

    @Test
    void a_broken_connection_is_told_and_mended() throws IOException {
        submit("broken");
        open("transaction?gid=broken");
        streams(1);
        browser.set(Way.BROKEN);
        shows("document.querySelector('#live [role=status]').textContent === 'Connection lost; trying again'");
        streams(0);
        park("broken");
        browser.set(Way.OPEN);
        shows("document.querySelector('#live [role=status]').textContent === 'Live again'");
        shows("document.querySelector('h1').textContent.includes('Parked') && " + NO_RELOAD);
        streams(1);
    }

    @Test
    void a_page_without_a_stream_is_asked_for_again_and_again() throws IOException {
        submit("polled");
        browser.set(Way.WITHOUT_STREAMS);
        open("transaction?gid=polled");
        park("polled");
        shows("document.querySelector('h1').textContent.includes('Parked') && " + NO_RELOAD);
        browser.set(Way.OPEN);
        streams(1);
    }

    @Test
    void a_tab_that_is_hidden_or_switched_off_has_no_stream() {
        open("participants");
        streams(1);
        browser.run("Object.defineProperty(document, 'hidden', { value: true, configurable: true })");
        browser.run("document.dispatchEvent(new Event('visibilitychange'))");
        streams(0);
        browser.run("delete document.hidden");
        browser.run("document.dispatchEvent(new Event('visibilitychange'))");
        streams(1);
        browser.run("document.querySelector('#live button').click()");
        shows("document.querySelector('#live button').textContent === 'Live: off'");
        streams(0);
        open("coordinators");
        shows("document.querySelector('#live button').textContent === 'Live: off'");
        browser.run("document.querySelector('#live button').click()");
        streams(1);
    }
}
