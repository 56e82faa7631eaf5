package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.entente.server.app.Settings.Given;
import dev.entente.server.participant.ParticipantConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Verifies that settings keep the text of the configuration file, regardless of its YAML type. */
class YamlTextTest {
    @TempDir
    private Path folder;

    private Settings read(String... lines) throws IOException {
        Path file = Files.write(folder.resolve("entente.yaml"), List.of(lines));
        return Settings.gather(file, Map.of(), Map.of());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "01234567",
                "007",
                "on",
                "No",
                "y",
                "1:30",
                "1_000",
                "0x1F",
                "0b11",
                "1.10",
                "6e2",
                ".inf",
                "2001-01-01",
                "2001-12-14t21:59:43.10-05:00",
                "~",
                "Null",
                "=",
                "12345678901234567890123456789"
            })
    void values_and_keys_keep_their_written_text(String text) throws IOException {
        Settings read = read(
                "database.password: " + text,
                "targets.networks: [ " + text + " ]",
                "participants.p.outcomes:",
                "  " + text + ": REJECTED");
        assertThat(read.values())
                .containsEntry("database.password", new Given(text, "entente.yaml"))
                .containsEntry("targets.networks", new Given(text, "entente.yaml"));
        assertThat(read.participants().get("p")).containsOnlyKeys("outcomes." + text);
    }

    @Test
    void node_and_participant_names_keep_their_written_text() throws IOException {
        assertThat(Configuration.of(read("node: 007")).node()).isEqualTo("007");
        assertThat(Configuration.of(read("node: 1:30")).node()).isEqualTo("1:30");
        assertThat(Configuration.of(
                                read("participants:", "  no: localhost:1", "  off: localhost:2", "  No: localhost:3"))
                        .participants())
                .extracting(ParticipantConfig::name)
                .containsExactly("No", "no", "off");
    }

    @Test
    void each_yaml_boolean_is_accepted_as_a_flag() throws IOException {
        for (String yes : List.of("yes", "Yes", "on", "ON", "true")) {
            assertThat(Configuration.of(read("database.migrate: " + yes)).get(Setting.DATABASE_MIGRATE))
                    .isTrue();
        }
        for (String no : List.of("no", "NO", "off", "False")) {
            assertThat(Configuration.of(read("database.migrate: " + no)).get(Setting.DATABASE_MIGRATE))
                    .isFalse();
        }
    }

    @Test
    void unquoted_empty_values_are_ignored_and_anchors_are_resolved() throws IOException {
        Settings read = read(
                "node:",
                "targets.networks:",
                "  -",
                "  - 10.0.0.0/8",
                "database.password: ''",
                "participants:",
                "  a: &all",
                "    target: localhost:1",
                "    maxInFlight: 010",
                "  b:",
                "    <<: *all",
                "    target: localhost:2");
        assertThat(read.values())
                .doesNotContainKey("node")
                .containsEntry("targets.networks", new Given("10.0.0.0/8", "entente.yaml"))
                .containsEntry("database.password", new Given("", "entente.yaml"));
        assertThat(Configuration.of(read).participants())
                .extracting(ParticipantConfig::target, ParticipantConfig::maxInFlight)
                .containsExactly(tuple("localhost:1", 10), tuple("localhost:2", 10));
    }
}
