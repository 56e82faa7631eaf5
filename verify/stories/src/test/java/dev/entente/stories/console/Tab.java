package dev.entente.stories.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.AxeResults;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.ArrayList;
import java.util.List;

/** A browser tab and the problems that its pages report: errors, content policy violations, dialogs. */
final class Tab implements AutoCloseable {
    /** The browser reports most violations itself; this script adds the directive. */
    private static final String REPORT_REFUSALS = """
        addEventListener('securitypolicyviolation', event =>
          console.error('content policy: ' + event.violatedDirective + ' ' + event.blockedURI));
        """;

    private final BrowserContext context;
    private final Page page;
    private final List<String> problems = new ArrayList<>();

    Tab(BrowserContext context) {
        this.context = context;
        context.addInitScript(REPORT_REFUSALS);
        this.page = context.newPage();
        page.onConsoleMessage(message -> {
            if (message.type().equals("error") || message.type().equals("warning")) {
                problems.add(message.text() + " at " + message.location());
            }
        });
        page.onPageError(problems::add);
        page.onDialog(dialog -> {
            problems.add("dialog: " + dialog.message());
            dialog.dismiss();
        });
    }

    Page page() {
        return page;
    }

    /** Verifies that the page is accessible and has reported no problem since the last check. */
    void check() {
        AxeResults found = new AxeBuilder(page).setLegacyMode(true).analyze();
        List<String> violations = found.getViolations().stream()
                .map(rule -> rule.getId() + ": "
                        + rule.getNodes().stream()
                                .limit(3)
                                .map(node -> node.getHtml() + " " + node.getFailureSummary())
                                .toList())
                .toList();
        List<String> reported = List.copyOf(problems);
        problems.clear();
        assertThat(violations).as("axe on " + page.url()).isEmpty();
        assertThat(reported).as("complaints of " + page.url()).isEmpty();
    }

    /** Does {@link #check()} in the light and in the dark scheme. */
    void checkInBothSchemes() {
        for (ColorScheme scheme : List.of(ColorScheme.DARK, ColorScheme.LIGHT)) {
            page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
            check();
        }
    }

    /** Verifies that the page needs no horizontal scrolling. */
    void checkWidth() {
        Object beyond = page.evaluate("() => document.documentElement.scrollWidth - innerWidth");
        assertThat(((Number) beyond).intValue())
                .as("pixels beyond the side of " + page.url())
                .isNotPositive();
    }

    @Override
    public void close() {
        context.close();
    }
}
