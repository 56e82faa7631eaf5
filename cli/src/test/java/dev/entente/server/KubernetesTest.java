package dev.entente.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import com.marcnuri.helm.TemplateCommand;
import com.networknt.schema.Error;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Verifies deploy/kubernetes.yaml and the Helm chart against each other and against the schemas of Kubernetes. */
class KubernetesTest {
    private static final Path DEPLOY = Path.of("../deploy");
    private static final JsonMapper JSON = new JsonMapper();
    /** The schemas by kind, in lower case. */
    private static final Map<String, ObjectNode> SCHEMAS = new HashMap<>();

    @BeforeAll
    static void readSchemas() throws IOException {
        for (URL file : Collections.list(ClassLoader.getSystemResources("schema/validation-schema.json"))) {
            try (InputStream text = file.openStream()) {
                // A field that has no schema must be an error.
                JsonNode module = JSON.readTree(new String(text.readAllBytes(), StandardCharsets.UTF_8)
                        .replaceAll("\"additionalProperties\"\\s*:\\s*true", "\"additionalProperties\": false"));
                JsonNode definitions = module.get("definitions");
                // In YAML these types are numbers or texts, and not the objects of Go.
                definitions.properties().stream()
                        .filter(type -> type.getKey().matches(".*(IntOrString|Quantity)"))
                        .forEach(type -> type.setValue(JSON.createObjectNode()));
                module.get("resources").properties().forEach(kind -> {
                    ObjectNode schema = (ObjectNode) kind.getValue();
                    schema.set("definitions", definitions);
                    SCHEMAS.put(kind.getKey(), schema);
                });
            }
        }
    }

    @Test
    void the_chart_renders_the_kubernetes_example() throws IOException {
        String example = Files.readString(DEPLOY.resolve("kubernetes.yaml"));
        List<JsonNode> objects = parse(example).toList();
        assertThat(objects)
                .hasSize(3)
                .allSatisfy(object -> assertThat(errors(object)).isEmpty());
        assertThat(parse(chart().template().withName("entente").call())).containsExactlyInAnyOrderElementsOf(objects);
    }

    @Test
    void the_chart_is_valid_with_other_values() {
        String rendered = chart().template()
                .withName("other")
                .set("replicas", 5)
                .set("image.tag", "0.2.0")
                .set("database.migrate", false)
                .set("settings.ENTENTE_DRAIN", "20s")
                .call();
        assertThat(rendered).contains("entente:0.2.0", "app: other", "name: ENTENTE_DRAIN, value: \"20s\"");
        assertThat(parse(rendered))
                .hasSize(3)
                .allSatisfy(object -> assertThat(errors(object)).isEmpty());
    }

    @Test
    void helm_reports_nothing_about_the_chart() {
        LintResult lint = chart().lint().strict().call();
        assertThat(lint.isFailed()).as(lint.getMessages().toString()).isFalse();
    }

    @Test
    void helm_refuses_an_unknown_value() {
        TemplateCommand command = chart().template().set("memmory", "1Gi");
        assertThatThrownBy(command::call).hasMessageContaining("memmory");
    }

    @ParameterizedTest
    @CsvSource({"replicas: 3, 'replicas: \"three\"', /spec/replicas", "readinessProbe, readynessProbe, readynessProbe"})
    void the_schemas_refuse_an_error_in_the_example(String valid, String invalid, String reported) throws IOException {
        String example = Files.readString(DEPLOY.resolve("kubernetes.yaml"));
        assertThat(example).contains(valid);
        assertThat(parse(example.replace(valid, invalid)).flatMap(object -> errors(object).stream()))
                .singleElement()
                .asString()
                .contains(reported);
    }

    private static Helm chart() {
        return new Helm(DEPLOY.resolve("helm/entente"));
    }

    private static Stream<JsonNode> parse(String yaml) {
        Iterable<Object> objects = new Yaml(new SafeConstructor(new LoaderOptions())).loadAll(yaml);
        return StreamSupport.stream(objects.spliterator(), false)
                .filter(Objects::nonNull)
                .map(JSON::<JsonNode>valueToTree);
    }

    private static List<Error> errors(JsonNode object) {
        String kind = object.get("kind").asString().toLowerCase(Locale.ROOT);
        return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7)
                .getSchema(Objects.requireNonNull(SCHEMAS.get(kind)))
                .validate(object);
    }
}
