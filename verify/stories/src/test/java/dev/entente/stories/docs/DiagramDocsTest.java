package dev.entente.stories.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.demo.OrderTopic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Compares the flow charts of the documents with the sources. State diagrams are tested beside their state machines.
 */
final class DiagramDocsTest {
    private static final Path HOME = Path.of("../..");
    private static final Pattern CHART = Pattern.compile("```mermaid\nflowchart LR\n(.*?)```", Pattern.DOTALL);
    private static final Pattern NODE = Pattern.compile("(\\w+)\\(\\[([^\\]]+)\\]\\)");
    private static final Pattern ARROW =
            Pattern.compile("(?m)^  (\\w+)(?:\\(\\[.*?\\]\\))? -[-.] ([\\w-]+) \\.?-+> (\\w+)");
    private static final Pattern PACKAGE = Pattern.compile("(?m)^    (\\w+)\\[(\\w+)<br/>");
    private static final Pattern TABLE_PACKAGE = Pattern.compile("(?m)^\\| `([\\w.]+)` \\|[^\n]*\\|[^\n]*\\|$");
    private static final Pattern DEMO_FILE = Pattern.compile("([A-Z][a-z]+)(?:Events|Service)\\.java");

    @Test
    void the_choreography_chart_shows_publishers_and_receivers_of_each_event() throws IOException {
        String chart = chart("docs/patterns/topics.md");
        Map<String, List<String>> services = new HashMap<>();
        NODE.matcher(chart)
                .results()
                .forEach(node ->
                        services.put(node.group(1), List.of(node.group(2).split(", "))));
        Map<String, String> sources = demoSources();
        List<MatchResult> arrows = ARROW.matcher(chart).results().toList();
        assertThat(arrows).allSatisfy(arrow -> {
            OrderTopic topic =
                    OrderTopic.valueOf(arrow.group(2).toUpperCase(Locale.ROOT).replace('-', '_'));
            assertThat(services.get(arrow.group(1)))
                    .as("publish " + topic)
                    .anySatisfy(service -> assertThat(sources.get(service)).contains("OrderTopic." + topic.name()));
            assertThat(services.get(arrow.group(3)))
                    .as("take " + topic)
                    .allSatisfy(service -> assertThat(sources.get(service)).contains(" on" + method(topic) + "("));
        });
        assertThat(arrows.stream().map(arrow -> arrow.group(2)))
                .as("every topic is drawn")
                .containsAll(Arrays.stream(OrderTopic.values())
                        .map(OrderTopic::label)
                        .toList());
    }

    @Test
    void the_architecture_page_lists_exactly_the_existing_packages() throws IOException {
        Set<String> packages = new TreeSet<>(packages("core"));
        packages.addAll(packages("server"));
        packages.addAll(packages("cli"));
        String page = Files.readString(HOME.resolve("docs/architecture.md"));
        String section = page.substring(page.indexOf("## The packages of the server"), page.indexOf("## The modules"));
        assertThat(all(TABLE_PACKAGE, section)).containsExactlyInAnyOrderElementsOf(packages);
        assertThat(all(PACKAGE, chart("docs/architecture.md"))).isNotEmpty().isSubsetOf(packages);
    }

    private static String method(OrderTopic topic) {
        return Arrays.stream(topic.label().split("-"))
                .map(word -> word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1))
                .collect(Collectors.joining());
    }

    private static String chart(String page) throws IOException {
        Matcher chart = CHART.matcher(Files.readString(HOME.resolve(page)));
        assertThat(chart.find()).as(page).isTrue();
        return chart.group(1);
    }

    private static List<String> all(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(found -> found.group(1)).toList();
    }

    /** Returns the demo's sources of each service as one text. */
    private static Map<String, String> demoSources() throws IOException {
        Map<String, String> sources = new HashMap<>();
        try (Stream<Path> files = Files.list(HOME.resolve("participant-demo/src/main/java/dev/entente/demo"))) {
            for (Path file : files.toList()) {
                Matcher name = DEMO_FILE.matcher(file.getFileName().toString());
                if (name.matches()) {
                    sources.merge(name.group(1).toLowerCase(Locale.ROOT), Files.readString(file), String::concat);
                }
            }
        }
        return sources;
    }

    /** Returns the packages with classes, relative to the module's own package. */
    private static List<String> packages(String module) throws IOException {
        Path server =
                HOME.resolve(module).resolve("src/main/java/dev/entente/" + (module.equals("cli") ? "server" : module));
        try (Stream<Path> files = Files.walk(server)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .map(file -> server.relativize(file.getParent()).toString().replace('/', '.'))
                    .filter(name -> !name.isEmpty())
                    .distinct()
                    .toList();
        }
    }
}
