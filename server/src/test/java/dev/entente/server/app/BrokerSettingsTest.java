package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.server.participant.ParticipantConfig;
import dev.entente.server.store.StartupFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Settings of participants that are brokers, and the jars of their connectors. */
final class BrokerSettingsTest {
    private static final String TARGET = "kafka://kafka-1:9092,kafka-2:9092";

    @TempDir
    private Path folder;

    private static ParticipantConfig events(String... more) {
        Map<String, String> settings = new TreeMap<>();
        settings.put("participants.events.target", TARGET);
        for (int i = 0; i < more.length; i += 2) {
            settings.put("participants.events." + more[i], more[i + 1]);
        }
        return LocalServer.configuration(settings).participants().getFirst();
    }

    private static ParticipantConfig.Broker broker(ParticipantConfig config) {
        assertThat(config.broker()).isNotNull();
        return config.broker();
    }

    @Test
    void a_broker_participant_has_topics_and_client_properties() throws IOException {
        Path file = Files.writeString(folder.resolve("kafka.properties"), "security.protocol=SSL\n# note\n");

        ParticipantConfig config = events("topics", "orders, bill*", "properties", file.toString(), "maxInFlight", "7");

        assertThat(config.maxInFlight()).isEqualTo(7);
        assertThat(broker(config).topics()).containsExactly("orders", "bill*");
        assertThat(broker(config).properties()).containsExactly(Map.entry("security.protocol", "SSL"));
        assertThat(config.toString()).doesNotContain("security.protocol");
        assertThat(broker(events()).topics()).containsExactly("*");
    }

    @Test
    void a_missing_connector_is_reported_with_the_jar_to_install() {
        BrokerConnectors connectors = new BrokerConnectors(folder);
        assertThatThrownBy(() -> connectors.open(events()))
                .isInstanceOf(StartupFailure.class)
                .hasMessageContaining("ENT-071")
                .hasMessageContaining("put entente-connector-kafka.jar into " + folder);
    }

    @Test
    void a_jar_that_is_not_a_connector_is_reported() throws IOException {
        Path jar = folder.resolve("other.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new ZipEntry("META-INF/services/dev.entente.server.connector.ConnectorFactory"));
            out.write("com.example.Nowhere".getBytes(StandardCharsets.UTF_8));
        }
        BrokerConnectors connectors = new BrokerConnectors(folder);
        assertThatThrownBy(() -> connectors.open(events()))
                .isInstanceOf(StartupFailure.class)
                .hasMessageContaining("connectors.directory")
                .hasMessageContaining("com.example.Nowhere");
    }
}
