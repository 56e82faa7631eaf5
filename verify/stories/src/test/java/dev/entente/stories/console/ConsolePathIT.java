package dev.entente.stories.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.entente.v1.Transaction;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Repairs a parked transaction from the first page on, with the keyboard only. */
final class ConsolePathIT {
    private static final String GID = "order-77";
    private static final int MAX_STROKES = 12;
    /** More tabs than any page needs. If the link is missing, the test fails with a message. */
    private static final int MAX_TABS = 40;

    private static final String REASON = "shipping is back";
    private static final String FOCUSED = "() => (document.activeElement.getAttribute('href') || '') + ' ' +"
            + " document.activeElement.textContent.trim()";

    private int strokes;

    @Test
    void a_parked_transaction_is_found_previewed_and_retried_within_twelve_strokes() throws Exception {
        try (Chromium chromium = Chromium.start();
                ConsoleSite site = ConsoleSite.start();
                Tab tab = chromium.open(ColorScheme.LIGHT, 1280, "en")) {
            site.park(GID);
            Page page = tab.page();
            page.navigate(site.url(""));
            tab.checkInBothSchemes();
            follow(page, "#main");
            follow(page, "only=parked");
            tab.checkInBothSchemes();
            follow(page, "transaction\\?gid=" + GID);
            tab.checkInBothSchemes();
            assertThat(page.evaluate("getComputedStyle(document.querySelector('h1 .badge'), '::before').content"))
                    .asString()
                    .contains("\u2717");
            follow(page, "#acts");
            follow(page, "operation=retry");
            assertThat(page.textContent("main")).contains("ship action, attempt 1");
            tab.checkInBothSchemes();
            page.keyboard().type(REASON);
            press(page, "Enter");
            page.waitForURL(Pattern.compile(".*/transaction\\?.*" + GID + ".*"));
            await().until(() -> site.entente().transactions().get(GID).getState() == Transaction.State.SUCCEEDED);
            await().until(() -> {
                page.reload();
                return page.textContent("h1").contains("Succeeded");
            });
            tab.checkInBothSchemes();
            assertThat(page.textContent("main")).contains(REASON);
        }
        assertThat(strokes).as("keys beside the reason").isLessThanOrEqualTo(MAX_STROKES);
    }

    /** Presses Tab until a link that matches the pattern has the focus, and follows the link. */
    private void follow(Page page, String link) {
        Pattern wanted = Pattern.compile(link);
        String focused = "";
        for (int tabs = 0; tabs < MAX_TABS && !wanted.matcher(focused).find(); tabs++) {
            press(page, "Tab");
            focused = page.evaluate(FOCUSED).toString();
        }
        assertThat(focused).containsPattern(wanted);
        String before = page.url();
        press(page, "Enter");
        page.waitForURL(url -> !url.equals(before));
    }

    private void press(Page page, String key) {
        page.keyboard().press(key);
        strokes++;
    }
}
