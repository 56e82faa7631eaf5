package dev.entente.stories.source;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.entente.rig.Ended;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests of {@code docs/measure-source} on a small tree with known figures. */
final class MeasureSourceTest {
    private static final String LONG = "x".repeat(121);

    @TempDir
    private static Path root;

    private static JsonObject figures;
    private static List<String> listed;

    /** Each run starts a JVM and a compiler, so the figures are measured once. */
    @BeforeAll
    static void measure_a_small_tree() throws Exception {
        writeSmallTree();
        writeProse();
        listed = measure("--list", root.toString()).out().lines().toList();
        figures =
                JsonParser.parseString(measure("--json", root.toString()).out()).getAsJsonObject();
    }

    private static void writeSmallTree() throws IOException {
        write("pom.xml", "<module>first</module>", "<module>second</module>");
        write("first/src/main/java/a/decision/package-info.java", "/** Whether it works. */", "package a.decision;");
        write(
                "first/src/main/java/a/decision/Egg.java",
                "package a.decision;",
                "import a.store.Nest;",
                "/** Holds a chick. */",
                "final class Egg {",
                "    Hen hen = new Hen(1, 2, 3);",
                "    /** So it is. */",
                "    java.util.List<Nest> nests = java.util.List.of();",
                "    static final class Shell {}",
                "}");
        write(
                "first/src/main/java/a/decision/Hen.java",
                "package a.decision;",
                "/** The hen. */",
                "record Hen(int age, int weight, int eggs) {",
                "    static Egg lay() {",
                "        return new Egg();",
                "    }",
                "}");
        write(
                "first/src/main/java/a/store/Nest.java",
                "package a.store;",
                "/** Keeps eggs warm. */",
                "public final class Nest {",
                "    private static final String SQL = \"select " + LONG + "\";",
                "    // " + LONG,
                "}");
        write(
                "second/src/main/java/b/Nest.java",
                "package b;",
                "/** Stands in another module. */",
                "final class Nest {",
                "    static final class Shell {}",
                "}");
        write(
                "second/src/test/java/b/NestTest.java",
                "package b;",
                "import org.junit.jupiter.api.Test;",
                "class NestTest {",
                "    @Test",
                "    void an_egg_is_kept_warm() {}",
                "    void notATest() {}",
                "}");
    }

    @Test
    void summaries_are_counted_by_kind() {
        JsonObject summaries = figures.getAsJsonObject("summaries").getAsJsonObject("whole");
        assertThat(summaries.get("count").getAsInt()).isEqualTo(6);
        assertThat(summaries.get("inverted").getAsInt()).isEqualTo(2);
        assertThat(summaries.get("inverted_share").getAsDouble()).isEqualTo(0.333);
        assertThat(summaries.get("say_nothing").getAsInt()).isEqualTo(1);
        assertThat(summaries.get("missing").getAsInt())
                .describedAs("The hen, and two shells without a summary")
                .isEqualTo(3);
    }

    @Test
    void shared_class_names_are_reported_separately_from_nested_names() {
        JsonObject shared = figures.getAsJsonObject("class_names_shared");
        assertThat(shared.get("within").getAsInt()).isZero();
        assertThat(shared.get("names_across")).hasToString("[\"Nest\"]");
        assertThat(figures.getAsJsonObject("nested_names_shared").get("names_across"))
                .hasToString("[\"Shell\"]");
    }

    @Test
    void dependencies_and_cycles_between_classes_are_counted() {
        assertThat(figures.getAsJsonObject("arrows_per_file").get("first").getAsDouble())
                .describedAs("Egg to Hen and Nest, Hen to Egg, of three files")
                .isEqualTo(1.0);
        assertThat(figures.getAsJsonObject("class_cycle").get("first").getAsInt())
                .isEqualTo(2);
        JsonObject packages = figures.getAsJsonObject("packages");
        assertThat(packages.getAsJsonObject("first a.decision")).hasToString("{\"files\":2,\"class_cycle\":2}");
        assertThat(packages.getAsJsonObject("first a.store")).hasToString("{\"files\":1,\"class_cycle\":0}");
    }

    @Test
    void sizes_are_counted() {
        assertThat(figures.getAsJsonObject("inline_qualified_names")
                        .get("whole")
                        .getAsInt())
                .isEqualTo(2);
        assertThat(figures.getAsJsonObject("longest_parameter_list").getAsJsonObject("decision"))
                .hasToString("{\"max\":3,\"where\":\"Hen\"}");
        assertThat(figures.getAsJsonObject("method_lines")
                        .getAsJsonObject("whole")
                        .get("max")
                        .getAsInt())
                .isEqualTo(3);
        assertThat(figures.getAsJsonObject("lines_over_120").getAsJsonObject("main"))
                .hasToString("{\"with_sql\":2,\"without_sql\":1}");
        assertThat(figures.getAsJsonObject("main_lines").get("whole").getAsInt())
                .isEqualTo(2 + 9 + 7 + 6 + 5);
        JsonObject tests = figures.getAsJsonObject("test_names");
        assertThat(tests.get("count").getAsInt()).isEqualTo(1);
        assertThat(tests.get("max").getAsInt()).isEqualTo("an_egg_is_kept_warm".length());
    }

    @Test
    void lines_of_prose_are_measured_without_code_and_tables() {
        assertThat(figures.get("prose_over_120").getAsInt()).isEqualTo(2);
        assertThat(listed).contains("README.md:2 is over 120 columns", "docs/deep/egg.md:2 is over 120 columns");
    }

    @Test
    void each_place_to_fix_is_listed() {
        assertThat(listed)
                .contains(
                        "first/src/main/java/a/decision/package-info.java:2 a.decision is inverted: Whether it works.",
                        "first/src/main/java/a/decision/Egg.java:8 has no summary",
                        "first/src/main/java/a/store/Nest.java:5 is over 120 columns")
                .doesNotContain("first/src/main/java/a/store/Nest.java:4 is over 120 columns");
    }

    @Test
    void replaced_words_are_counted_by_place() {
        JsonObject words = figures.getAsJsonObject("replaced_words");
        assertThat(words.get("stand")).hasToString("{\"main\":1,\"test\":0,\"document\":0}");
        assertThat(words.get("sentence_start")).hasToString("{\"main\":1,\"test\":0,\"document\":0}");
        assertThat(words.get("nobody")).hasToString("{\"main\":0,\"test\":0,\"document\":0}");
        assertThat(listed)
                .contains(
                        "second/src/main/java/b/Nest.java:2 has 'Stands'",
                        "first/src/main/java/a/decision/Egg.java:6 has 'So'");
    }

    @Test
    @Tag("deep")
    @Tag("documents")
    void two_measurements_of_this_tree_are_equal() throws Exception {
        String measured = measure("--json").out();
        assertThat(JsonParser.parseString(measured).getAsJsonObject().keySet())
                .contains("summaries", "packages", "arrows_per_file", "main_lines", "test_names", "prose_over_120");
        assertThat(measure("--json").out()).isEqualTo(measured);
    }

    @Test
    void an_unknown_option_is_a_usage_error() throws Exception {
        Ended run = measure("--xml");
        assertThat(run.exit()).isEqualTo(2);
        assertThat(run.err()).contains("usage: docs/measure-source");
    }

    private static void writeProse() throws IOException {
        write("README.md", "# The nest", LONG, "```sh", LONG, "```", "| " + LONG + " |");
        write("docs/deep/egg.md", "short", LONG);
        write("docs/egg.txt", LONG);
        write("NOTES.md", LONG);
    }

    private static void write(String path, String... lines) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.write(file, List.of(lines));
    }

    private static Ended measure(String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(Path.of(System.getProperty("entente.home"), "docs", "measure-source")
                        .toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return Ended.run(builder);
    }
}
