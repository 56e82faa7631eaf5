package dev.entente.stories.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.DebianProgram;
import dev.entente.rig.Ended;
import dev.entente.rig.ServerJar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Checks the rules and the documented configuration by Prometheus' and Alertmanager's own programs. */
@Tag("deep")
@Tag("telemetry")
final class PrometheusRulesIT {
    static final Path RULES = ServerJar.find().resolve("../../../deploy/prometheus/entente.rules.yml");
    private static final Path DOCUMENT = ServerJar.find().resolve("../../../docs/runbooks.md");
    private static final Pattern EXAMPLE = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);

    @BeforeAll
    static void require() {
        new DebianProgram("promtool", "prometheus").require();
        new DebianProgram("amtool", "prometheus-alertmanager").require();
    }

    private static void assertValid(String... command) throws IOException {
        Ended ended = Ended.run(List.of(command));
        assertThat(ended.exit()).as(ended.output()).isZero();
    }

    @Test
    void each_alert_fires_beyond_its_threshold_only() throws IOException {
        assertValid("promtool", "check", "rules", "--lint-fatal", RULES.toString());
        assertValid(
                "promtool",
                "test",
                "rules",
                RULES.resolveSibling("entente.rules.test.yml").toString());
    }

    @Test
    void the_documented_configuration_is_valid(@TempDir Path folder) throws IOException {
        List<String> examples = EXAMPLE.matcher(Files.readString(DOCUMENT))
                .results()
                .map(example -> example.group(1))
                .toList();
        Files.copy(RULES, folder.resolve("entente.rules.yml"));
        Path prometheus = Files.writeString(folder.resolve("prometheus.yml"), examples.getFirst());
        Path alertmanager = Files.writeString(folder.resolve("alertmanager.yml"), examples.get(1));
        assertValid("promtool", "check", "config", prometheus.toString());
        assertValid("amtool", "check-config", alertmanager.toString());
    }
}
