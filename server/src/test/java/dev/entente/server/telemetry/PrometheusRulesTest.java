package dev.entente.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Verifies deploy/prometheus and docs/runbooks.md against each other and against the list of metrics. */
class PrometheusRulesTest {
    private static final Path FOLDER = Path.of("..", "deploy", "prometheus");
    private static final Path DOCS = Path.of("..", "docs");
    private static final Pattern METRIC = Pattern.compile("\\b(entente_\\w+?)(_bucket|_count|_sum)?\\b(?!:)");
    private static final Pattern LISTED = Pattern.compile("(?m)^\\| `(entente_\\w+)`");
    private static final Pattern SECTION = Pattern.compile("(?m)^## (Entente\\w+)\n((?:(?!## ).*\n)*)");
    private static final List<String> PARTS = List.of("Meaning", "Impact", "Confirm", "Do", "Worked");

    /** The fields of an alert as texts; labels and annotations are maps. */
    private static List<Map<String, Object>> alerts() throws IOException {
        Map<String, List<Map<String, List<Map<String, Object>>>>> file = yaml("entente.rules.yml");
        return file.get("groups").stream()
                .flatMap(group -> group.get("rules").stream())
                .filter(rule -> rule.containsKey("alert"))
                .toList();
    }

    private static <T> T yaml(String name) throws IOException {
        return new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(FOLDER.resolve(name)));
    }

    @Test
    void the_folder_has_the_rules_and_their_test_only() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("entente.rules.yml", "entente.rules.test.yml");
        }
    }

    @Test
    void each_alert_has_a_severity_a_summary_and_a_link_to_its_section() throws IOException {
        Map<String, String> sections = SECTION.matcher(Files.readString(DOCS.resolve("runbooks.md")))
                .results()
                .collect(Collectors.toMap(section -> section.group(1), section -> section.group(2)));
        assertThat(alerts()).hasSize(sections.size()).allSatisfy(alert -> {
            String name = alert.get("alert").toString();
            assertThat(alert.get("labels").toString()).matches("\\{severity=(critical|warning)}");
            assertThat(alert.get("annotations").toString())
                    .startsWith("{summary=")
                    .endsWith(", runbook_url=https://entente.example/runbooks#" + name.toLowerCase() + "}");
            assertThat(sections).containsKey(name);
            assertThat(PARTS).allSatisfy(part -> assertThat(sections.get(name)).contains("- **" + part + "**: "));
        });
    }

    @Test
    void each_metric_of_the_rules_is_documented() throws IOException {
        String list = Files.readString(DOCS.resolve("metrics.md"));
        Set<String> listed = LISTED.matcher(list)
                .results()
                .map(metric -> metric.group(1))
                .collect(Collectors.toSet());
        for (String text : List.of(Files.readString(DOCS.resolve("runbooks.md")), alerts().toString())) {
            assertThat(METRIC.matcher(text).results())
                    .isNotEmpty()
                    .allSatisfy(metric -> assertThat(listed).contains(metric.group(1)));
        }
    }

    @Test
    void the_test_of_the_rules_expects_each_alert_to_fire() throws IOException {
        Map<String, Object> test = yaml("entente.rules.test.yml");
        assertThat(alerts())
                .allSatisfy(alert -> assertThat(test.toString()).contains("{alertname=\"" + alert.get("alert") + "\"}"));
    }
}
