package dev.entente.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.Error;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Verifies deploy/grafana against its schema, the documents and the metrics. */
class DashboardTest {
    private static final Path ROOT = Path.of("..");
    private static final JsonMapper JSON = new JsonMapper();
    private static final Pattern SERIES = Pattern.compile("(\\w+?)(?:_bucket|_count|_sum)?\\{([^}]*)}");

    private static String text() throws IOException {
        return Files.readString(ROOT.resolve("deploy/grafana/entente.json"));
    }

    private static List<JsonNode> panels(String dashboard) {
        return JSON.readTree(dashboard).get("panels").valueStream().toList();
    }

    private static List<Error> errors(String dashboard) throws IOException {
        String schema = Files.readString(Path.of("src/test/resources/grafana-dashboard.schema.json"));
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(JSON.readTree(schema))
                .validate(JSON.readTree(dashboard));
    }

    @Test
    void the_dashboard_is_valid_and_has_three_rows() throws IOException {
        assertThat(errors(text())).isEmpty();
        List<JsonNode> panels = panels(text());
        assertThat(panels.stream().filter(panel -> panel.get("type").asString().equals("row")))
                .extracting(row -> row.get("title").asString())
                .containsExactly("Is it healthy", "Why not", "Capacity");
        assertThat(panels).hasSizeBetween(3 + 18, 3 + 26);
        assertThat(panels).extracting(panel -> panel.get("id").asInt()).doesNotHaveDuplicates();
        assertThat(panels).extracting(panel -> panel.get("title").asString()).doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"type\": \"stat\"                | \"type\": \"stats\"             | /panels/1/type",
                "\"title\": \"Parked now\"         | \"title\": \"\"                 | /panels/2/title",
                "\"title\": \"Parked now\"         | \"heading\": \"Parked now\"     | 'title'",
                "\"description\": \"Transactions t | \"remark\": \"Transactions t    | 'description'",
                "\"unit\": \"percentunit\"         | \"unit\": \"percents\"          | /unit",
                "\"unit\": \"bytes\"               | \"units\": \"bytes\"            | 'unit'",
                "\"targets\": [                    | \"queries\": [                  | 'targets'",
                "\"expr\": \"sum(up                | \"expression\": \"sum(up        | 'expr'",
                "\"gridPos\": {                    | \"grid\": {                     | 'gridPos'",
                "\"w\": 4, \"x\": 20               | \"w\": 8, \"x\": 20             | /gridPos",
                "\"w\": 8, \"x\": 16               | \"w\": 12, \"x\": 16            | /gridPos",
                "\"id\": null                      | \"id\": 7                       | /id",
                "\"query\": \"prometheus\"         | \"query\": \"loki\"             | /templating/list",
                "\"uid\": \"${datasource}\"        | \"uid\": \"P1809F7CD0C75ACF3\"  | /datasource"
            })
    void the_schema_refuses_a_mistake(String valid, String mistake, String reported) throws IOException {
        assertThat(text()).contains(valid);
        String broken = text().replaceFirst(Pattern.quote(valid), mistake.replace("$", "\\$"));
        assertThat(errors(broken).toString()).contains(reported);
    }

    @Test
    void panels_do_not_overlap() throws IOException {
        Set<String> used = new HashSet<>();
        for (JsonNode panel : panels(text())) {
            JsonNode grid = panel.get("gridPos");
            for (int column : range(grid, "x", "w")) {
                for (int line : range(grid, "y", "h")) {
                    assertThat(used.add(column + "," + line))
                            .as(panel.get("title").asString())
                            .isTrue();
                }
            }
        }
    }

    private static int[] range(JsonNode grid, String from, String length) {
        int first = grid.get(from).asInt();
        return IntStream.range(first, first + grid.get(length).asInt()).toArray();
    }

    @Test
    void each_query_selects_a_documented_metric_of_the_chosen_job() throws IOException {
        String listed = Files.readString(ROOT.resolve("docs/metrics.md"));
        List<String> expressions = JSON.readTree(text()).findValuesAsString("expr");
        assertThat(expressions)
                .hasSizeGreaterThan(30)
                .allSatisfy(expression -> assertThat(SERIES.matcher(expression).results())
                        .isNotEmpty()
                        .allSatisfy(series -> {
                            assertThat(series.group(2)).contains("job=~\"$job\"");
                            if (!series.group(1).matches("up|ALERTS|(jvm|process)_\\w+")) {
                                assertThat(listed).contains("\n| `" + series.group(1) + "` |");
                            }
                        }));
    }

    @Test
    void each_link_leads_to_a_section_of_the_runbooks() throws IOException {
        String sections = Files.readString(ROOT.resolve("docs/runbooks.md")).toLowerCase(Locale.ROOT);
        assertThat(JSON.readTree(text()).findValuesAsString("url"))
                .filteredOn(url -> url.contains("#"))
                .hasSizeGreaterThan(10)
                .allSatisfy(url -> assertThat(sections).contains("\n## " + url.substring(url.indexOf('#') + 1) + "\n"));
    }
}
