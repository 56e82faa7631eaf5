package dev.entente.stories.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.deque.html.axecore.playwright.AxeBuilder;
import com.deque.html.axecore.results.AxeResults;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.util.ArrayList;
import java.util.List;

/** A visitor's tab, and all that its pages complained of: errors, refusals of the content policy, dialogs. */
final class Tab implements AutoCloseable {
    /** The browser tells of most refusals itself; this names the directive. */
    private static final String REPORT_REFUSALS = """
        addEventListener('securitypolicyviolation', event =>
          console.error('content policy: ' + event.violatedDirective + ' ' + event.blockedURI));
        """;

    private final BrowserContext context;
    private final Page page;
    private final List<String> complaints = new ArrayList<>();

    Tab(BrowserContext context) {
        this.context = context;
        context.addInitScript(REPORT_REFUSALS);
        this.page = context.newPage();
        page.onConsoleMessage(message -> {
            if (message.type().equals("error") || message.type().equals("warning")) {
                complaints.add(message.text() + " at " + message.location());
            }
        });
        page.onPageError(complaints::add);
        page.onDialog(dialog -> {
            complaints.add("dialog: " + dialog.message());
            dialog.dismiss();
        });
    }

    Page page() {
        return page;
    }

    /** Holds the page to be accessible and to have complained of nothing since the last time. */
    void hold() {
        AxeResults found = new AxeBuilder(page).setLegacyMode(true).analyze();
        List<String> violations = found.getViolations().stream()
                .map(rule -> rule.getId() + ": "
                        + rule.getNodes().stream()
                                .limit(3)
                                .map(node -> node.getHtml() + " " + node.getFailureSummary())
                                .toList())
                .toList();
        List<String> reported = List.copyOf(complaints);
        complaints.clear();
        assertThat(violations).as("axe on " + page.url()).isEmpty();
        assertThat(reported).as("complaints of " + page.url()).isEmpty();
    }

    /** As {@link #hold()}, in the light and in the dark. */
    void holdInBothSchemes() {
        for (ColorScheme scheme : List.of(ColorScheme.DARK, ColorScheme.LIGHT)) {
            page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
            hold();
        }
    }

    /** Holds the page to need no scrolling to the side. */
    void holdWidth() {
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
