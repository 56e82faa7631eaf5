package dev.entente.server.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.DebianProgram;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Verifies deploy/prometheus and docs/runbooks.md against each other, the list of metrics and Prometheus' programs. */
class PrometheusRulesTest {
    private static final Path FOLDER = Path.of("..", "deploy", "prometheus");
    private static final Path DOCS = Path.of("..", "docs");
    private static final Pattern METRIC = Pattern.compile("\\b(entente_\\w+?)(?:_bucket|_count|_sum)?\\b");
    private static final Pattern SECTION = Pattern.compile("(?m)^## (Entente\\w+)\n((?:(?!## ).*\n)*)");
    private static final Pattern EXAMPLE = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);

    private static List<Map<String, Object>> alerts() throws IOException {
        Map<String, List<Map<String, List<Map<String, Object>>>>> file = new Yaml(
                        new SafeConstructor(new LoaderOptions()))
                .load(Files.readString(FOLDER.resolve("entente.rules.yml")));
        return Objects.requireNonNull(
                        Objects.requireNonNull(file.get("groups")).getFirst().get("rules"))
                .stream()
                .filter(rule -> rule.containsKey("alert"))
                .toList();
    }

    @Test
    void each_alert_has_a_severity_a_summary_a_firing_series_and_a_link_to_its_section() throws IOException {
        Map<String, String> sections = SECTION.matcher(Files.readString(DOCS.resolve("runbooks.md")))
                .results()
                .collect(Collectors.toMap(section -> section.group(1), section -> section.group(2)));
        String test = Files.readString(FOLDER.resolve("entente.rules.test.yml"));
        assertThat(alerts()).hasSize(sections.size()).allSatisfy(alert -> {
            String name = String.valueOf(alert.get("alert"));
            assertThat(String.valueOf(alert.get("labels"))).matches("\\{severity=(critical|warning)}");
            assertThat(String.valueOf(alert.get("annotations")))
                    .startsWith("{summary=")
                    .endsWith("runbook_url=https://entente.example/runbooks#" + name.toLowerCase(Locale.ROOT) + "}");
            assertThat(sections.get(name)).contains("**Meaning**", "**Impact**", "**Confirm**", "**Do**", "**Verify**");
            assertThat(test).contains("{alertname=\"" + name + "\"}");
        });
    }

    @Test
    void each_metric_of_the_rules_and_of_the_runbooks_is_documented() throws IOException {
        String listed = Files.readString(DOCS.resolve("metrics.md"));
        assertThat(METRIC.matcher(alerts() + Files.readString(DOCS.resolve("runbooks.md")))
                        .results())
                .isNotEmpty()
                .allSatisfy(metric -> assertThat(listed).contains("\n| `" + metric.group(1) + "` |"));
    }

    @Test
    void the_folder_has_the_rules_and_their_test_which_promtool_accepts(@TempDir Path folder) throws Exception {
        try (Stream<Path> files = Files.list(FOLDER)) {
            List<Path> all = files.toList();
            assertThat(all)
                    .extracting(file -> file.getFileName().toString())
                    .containsExactlyInAnyOrder("entente.rules.yml", "entente.rules.test.yml");
            for (Path file : all) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
        }
        new DebianProgram("promtool", "prometheus").require();
        new DebianProgram("amtool", "prometheus-alertmanager").require();
        Matcher examples = EXAMPLE.matcher(Files.readString(DOCS.resolve("runbooks.md")));
        for (String name : List.of("prometheus.yml", "alertmanager.yml")) {
            assertThat(examples.find()).isTrue();
            Files.writeString(folder.resolve(name), examples.group(1));
        }
        MetricsTest all = new MetricsTest();
        all.touchAll();
        Files.writeString(folder.resolve("metrics"), all.metrics.exposition());
        Process checks = new ProcessBuilder("sh", "-ec", """
            promtool test rules entente.rules.test.yml
            promtool check config --lint-fatal prometheus.yml
            amtool check-config alertmanager.yml
            promtool check metrics < metrics
            """)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(checks.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(checks.waitFor()).as(output).isZero();
    }
}
