package dev.entente.stories.console;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import dev.entente.backends.PatientAwaits;
import dev.entente.stories.DebianPackages;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Debian's Chromium, for use by one thread. */
final class Chromium implements AutoCloseable {
    private static final String NAME = "chromium";
    private static final int HEIGHT = 900;
    private static final List<String> ARGUMENTS = List.of(
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync");

    private final Playwright playwright;
    private final Browser browser;

    private Chromium(Playwright playwright, Browser browser) {
        this.playwright = playwright;
        this.browser = browser;
    }

    /** Starts Chromium, or skips the test if Chromium is not installed. Blocks. */
    static Chromium start() {
        DebianPackages.require(List.of(NAME), NAME, "--version");
        Map<String, String> environment = new TreeMap<>(System.getenv());
        environment.put("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1");
        Playwright playwright = Playwright.create(new Playwright.CreateOptions().setEnv(environment));
        return new Chromium(
                playwright,
                playwright
                        .chromium()
                        .launch(new BrowserType.LaunchOptions()
                                .setExecutablePath(onThePath())
                                .setArgs(ARGUMENTS)
                                .setTimeout(PatientAwaits.BOUND.toMillis())));
    }

    private static Path onThePath() {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .map(folder -> Path.of(folder, NAME))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow();
    }

    /** Opens a tab in a new browser context. */
    Tab open(ColorScheme scheme, int width, String language) {
        BrowserContext context = browser.newContext(new Browser.NewContextOptions()
                .setColorScheme(scheme)
                .setReducedMotion(ReducedMotion.REDUCE)
                .setLocale(language)
                .setViewportSize(width, HEIGHT));
        context.setDefaultTimeout(PatientAwaits.BOUND.toMillis());
        return new Tab(context);
    }

    @Override
    public void close() {
        browser.close();
        playwright.close();
    }
}
