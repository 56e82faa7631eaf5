package dev.entente.stories.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.rig.Ended;
import dev.entente.rig.JavaCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Builds the site like its Maven profile does, and checks the pages. */
final class SiteDocsTest {
    private static final Pattern LINK =
            Pattern.compile("<(?:a|link) [^>]*href=\"([^\"]*)\"|<(?:script|img) [^>]*src=\"([^\"]*)\"");
    private static final Pattern LOADED = Pattern.compile("<(?:link|script|img|iframe)\\b[^>]*(?:href|src)=\"\\w*:?//");

    @TempDir
    private Path folder;

    @Test
    void links_resolve_no_resource_is_external_and_search_contains_the_barrier() throws Exception {
        build(folder);
        List<String> broken = new ArrayList<>();
        List<Path> pages = pages();
        for (Path page : pages) {
            String html = Files.readString(page);
            assertThat(LOADED.matcher(html).results()).as(page.toString()).isEmpty();
            LINK.matcher(html)
                    .results()
                    .map(link -> link.group(1) == null ? link.group(2) : link.group(1))
                    .filter(link -> !link.contains("://") && !exists(page, link))
                    .forEach(link -> broken.add(folder.relativize(page) + " -> " + link));
        }
        assertThat(pages).hasSizeGreaterThan(50);
        assertThat(broken).isEmpty();
        assertThat(folder.resolve("search-index.js"))
                .content()
                .contains("barrier")
                .contains("\"docs/glossary.html#glossary\"");
        assertThat(folder.resolve("docs/patterns/saga.html")).content().contains("../../mermaid.min.js");
        assertThat(folder.resolve("docs/glossary.html")).content().doesNotContain("mermaid");
    }

    /** Builds the site into a folder. Blocks. */
    static void build(Path site) throws IOException {
        Ended build = Ended.run(new ProcessBuilder(
                        JavaCommand.java(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        "docs/site/BuildSite.java",
                        ".",
                        site.toString())
                .directory(Path.of("../..").toFile()));
        assertThat(build.exit()).as(build.output()).isZero();
    }

    private List<Path> pages() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".html")).toList();
        }
    }

    /** Returns whether the linked file and section exist. */
    private static boolean exists(Path page, String link) {
        int hash = link.indexOf('#');
        String file = hash < 0 ? link : link.substring(0, hash);
        Path target = file.isEmpty() ? page : page.resolveSibling(file).normalize();
        try {
            return Files.isRegularFile(target)
                    && (hash < 0 || Files.readString(target).contains("id=\"" + link.substring(hash + 1) + "\""));
        } catch (IOException unreadable) {
            return false;
        }
    }
}
