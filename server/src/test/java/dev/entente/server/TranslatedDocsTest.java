package dev.entente.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds the pages in Chinese against the English ones: the same blocks of code, files and figures, and a way back. */
class TranslatedDocsTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern BLOCK = Pattern.compile("```\\w+\n.*?```", Pattern.DOTALL);
    private static final Pattern FILE = Pattern.compile("(?m)^\\*\\*`[^`]+`\\*\\*$");
    private static final Pattern HEADING = Pattern.compile("(?m)^(#+) ");
    private static final Pattern FIGURE = Pattern.compile("\\d[\\d,.]*\\d");

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/tutorial.md"})
    void a_translated_page_has_the_blocks_files_and_headings_of_the_english_one(String page) throws IOException {
        String english = Files.readString(ROOT.resolve(page));
        String chinese = Files.readString(translated(page));
        assertThat(all(BLOCK, english)).isNotEmpty();
        for (Pattern pattern : List.of(BLOCK, FILE, HEADING)) {
            assertThat(all(pattern, chinese)).as(pattern.toString()).isEqualTo(all(pattern, english));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/tutorial.md"})
    void a_translated_page_tells_the_same_figures(String page) throws IOException {
        assertThat(figures(Files.readString(translated(page))))
                .containsExactlyInAnyOrderElementsOf(figures(Files.readString(ROOT.resolve(page))));
    }

    @Test
    void each_page_links_to_the_other_language() throws IOException {
        for (Path page : List.of(ROOT.resolve("README.md"), ROOT.resolve("docs/tutorial.md"))) {
            Path other = translated(ROOT.relativize(page).toString());
            assertThat(Files.readString(page)).contains("(" + other.getFileName() + ")");
            assertThat(Files.readString(other)).contains("(" + page.getFileName() + ")");
        }
    }

    private static Path translated(String page) {
        return ROOT.resolve(page.replace(".md", ".zh-CN.md"));
    }

    private static List<String> all(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(MatchResult::group).toList();
    }

    /** Numbers of two digits and more, each once. */
    private static List<String> figures(String text) {
        return FIGURE.matcher(text)
                .results()
                .map(MatchResult::group)
                .distinct()
                .sorted()
                .toList();
    }
}
