package dev.entente.stories.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Download;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import dev.entente.stories.StoriesProcess;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Every page of the console over a demo with load, in both languages, wide and narrow, light and dark. The test saves a
 * picture of each page in {@code target/console-pictures}, and the pictures for the documents in its folder {@code
 * docs}.
 */
@Tag("deep")
@Tag("console")
final class ConsolePagesIT {
    private static final Path PICTURES = Path.of(System.getProperty("entente.home"), "target/console-pictures");
    private static final List<String> PATTERNS = List.of("SAGA", "TCC", "TWO_PHASE", "MESSAGE", "NOTIFICATION");
    /** The first screens that README and docs/console.md show; their files are in docs/images. */
    private static final Set<String> OF_DOCUMENTS = Set.of(
            "overview-light-en",
            "overview-light-zh-CN",
            "transactions-light-en",
            "transaction-parked-light-en",
            "act-dark-en");

    private static final String ROW = "table.list tbody th a";
    private static final int WIDE = 1280;
    private static final int NARROW = 360;
    /** The height of a picture in a document. Such a picture has at most 120 kB. */
    private static final int SHOWN = 760;
    /** The height of a picture with a plan above the timeline: the height of the window. */
    private static final int SHOWN_OF_TRANSACTION = 900;

    private static final String URL_LINE = "In a browser: ";

    @Test
    void every_page_is_accessible_fits_the_window_and_logs_no_error() throws Exception {
        Process demo = StoriesProcess.start(
                "demo", "--keep", "--load", "5", "--scenario", "checkout,payment-rejected", "--seed", "7", "--json");
        try (BufferedReader reported = demo.errorReader();
                Chromium chromium = Chromium.start()) {
            String root = reported.lines()
                    .filter(line -> line.startsWith(URL_LINE))
                    .findFirst()
                    .orElseThrow()
                    .substring(URL_LINE.length());
            Map<String, String> pages;
            try (Tab tab = chromium.open(ColorScheme.LIGHT, WIDE, "en")) {
                pages = find(tab.page(), root);
            }
            SoftAssertions softly = new SoftAssertions();
            for (String language : List.of("en", "zh-CN")) {
                for (int width : List.of(WIDE, NARROW)) {
                    try (Tab tab = chromium.open(ColorScheme.LIGHT, width, language)) {
                        pages.forEach((name, url) -> softly.check(() -> check(tab, name, url, language)));
                    }
                }
            }
            softly.assertAll();
            System.out.printf("figures: %d pages, each 8 times%n", pages.size());
        } finally {
            demo.descendants().forEach(ProcessHandle::destroy);
            demo.destroy();
            demo.waitFor();
        }
    }

    /** Returns the URLs of the pages by name: the targets of the navigation and the targets of the rows. */
    private static Map<String, String> find(Page page, String root) {
        Map<String, String> pages = new LinkedHashMap<>();
        page.navigate(root);
        List<?> sections = (List<?>) page.evaluate("() => [...document.querySelectorAll('nav a')].map(a => a.href)");
        assertThat(sections).hasSizeGreaterThan(5);
        sections.forEach(url -> {
            String name = url.toString().substring(root.length()).replaceAll("\\W", "");
            pages.put(name.isEmpty() ? "overview" : name, url.toString());
        });
        for (String pattern : PATTERNS) {
            String name = "transaction-" + pattern.toLowerCase(Locale.ROOT);
            pages.put(
                    name,
                    behind(
                            page,
                            root + "transactions?order=slowest&pattern=" + pattern,
                            root + "transactions?pattern=" + pattern));
        }
        String parked = behind(page, root + "transactions?only=parked&participant=payment");
        pages.put("transactions-parked", root + "transactions?only=parked");
        pages.put("transaction-parked", parked);
        page.navigate(parked);
        page.click("svg.plan.wide a");
        assertThat(page.querySelector("tr:target")).as("the branch of the node").isNotNull();
        pages.put("act", page.getAttribute("a.act.first", "href"));
        pages.put("resolve", page.getAttribute("ul.acts a[href*='operation=resolve']", "href"));
        pages.put("payload", page.getAttribute("a[href*=payload]", "href"));
        pages.put("approval", behind(page, root + "transactions?only=approval"));
        operateOnChecked(page, root, pages);
        page.navigate(root + "transactions");
        page.click("main nav a[href*='only=parked']");
        page.click("thead a[href*='order=slowest']");
        pages.put("transactions-tab", page.url());
        page.navigate(root + "audit?op=retry&from=2026-01-01+00:00");
        pages.put("audit-filtered", page.url());
        Download file = page.waitForDownload(() -> page.click("a[href*='format=csv']"));
        assertThat(file.path()).content().contains("\"retry\"", "REFUSED ENT-045");
        pages.replaceAll((_, url) -> url.startsWith("http") ? url : root + url);
        return pages;
    }

    /** Retries a transaction that waits for an approval, which changes nothing: the coordinator refuses the retry. */
    private static void operateOnChecked(Page page, String root, Map<String, String> pages) {
        page.navigate(root + "transactions?only=approval");
        page.check("input[form=checked]");
        page.click("#checked button[value=retry]");
        page.waitForURL(url -> url.contains("tx-"));
        pages.put("bulk", page.url());
        page.fill("input[name=why]", "to see the result");
        page.fill("input[name=number]", "1");
        page.click("form.do button");
        page.waitForURL(url -> url.contains("run="));
        assertThat(page.textContent("#run")).contains("0 of 1 done, 1 refused");
        pages.put("bulk-result", page.url());
    }

    /** Waits until one of these lists has a row and returns the URL of its transaction. */
    private static String behind(Page page, String... lists) {
        await(String.join(" or ", lists)).until(() -> {
            for (String list : lists) {
                page.navigate(list);
                if (page.querySelector(ROW) != null) {
                    return true;
                }
            }
            return false;
        });
        return page.evaluate("() => document.querySelector('" + ROW + "').href").toString();
    }

    private static void check(Tab tab, String name, String url, String language) {
        Page page = tab.page();
        page.navigate(url);
        assertThat(page.getAttribute("html", "lang")).isEqualTo(language);
        int width = page.viewportSize().width;
        for (ColorScheme scheme : List.of(ColorScheme.DARK, ColorScheme.LIGHT)) {
            page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
            String view = "%s-%s-%s".formatted(name, scheme.name().toLowerCase(Locale.ROOT), language);
            Path file = PICTURES.resolve("%s-%d.png".formatted(view, width));
            page.screenshot(new Page.ScreenshotOptions().setFullPage(true).setPath(file));
            if (width == WIDE && OF_DOCUMENTS.contains(view)) {
                int shown = name.startsWith("transaction-") ? SHOWN_OF_TRANSACTION : SHOWN;
                Path first = PICTURES.resolve("docs/console-%s.png".formatted(view));
                page.screenshot(
                        new Page.ScreenshotOptions().setClip(0, 0, WIDE, shown).setPath(first));
            }
            tab.check();
            tab.checkWidth();
        }
    }
}
