package dev.entente.stories.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.rig.Ended;
import dev.entente.stories.DebianPackages;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Opens a page of the site in a real browser without name resolution. */
@Tag("deep")
@Tag("documents")
final class SiteIT {
    @TempDir
    private Path folder;

    @Test
    void a_browser_draws_the_diagrams_of_a_page() throws Exception {
        DebianPackages.require(List.of("chromium"), "chromium", "--version");
        SiteDocsTest.build(folder.resolve("site"));
        String page = opened(folder.resolve("site/docs/patterns/saga.html"));
        assertThat(page).contains("<div class=\"diagram\"><svg").contains("undo before the call");
        assertThat(page).doesNotContain("language-mermaid");
    }

    /** Returns the page after its scripts have run. */
    private String opened(Path page) throws Exception {
        Ended browser = Ended.run(new ProcessBuilder(
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--host-resolver-rules=MAP * ~NOTFOUND",
                "--user-data-dir=" + folder.resolve("profile"),
                "--virtual-time-budget=60000",
                "--dump-dom",
                page.toUri().toString()));
        assertThat(browser.exit()).as(browser.err()).isZero();
        return browser.out();
    }
}
