package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests where a coordinator searches for connectors. {@code PackagesIT} tests a moved jar with its AOT cache. */
final class BrokerConnectorsTest {
    @TempDir
    private Path folder;

    private Path jar;

    @BeforeEach
    void create_jar() throws IOException {
        jar = Files.createFile(folder.resolve("a server.jar"));
    }

    @Test
    void the_jar_of_the_class_path_precedes_the_location_of_the_classes() throws IOException {
        Path trained = folder.resolve("training/server.jar");
        assertThat(BrokerConnectors.besideTheJar(jar.toString(), trained.toUri().toURL()))
                .isEqualTo(folder.resolve("connectors"));
        assertThat(BrokerConnectors.besideTheJar(jar.toString(), null)).isEqualTo(folder.resolve("connectors"));
    }

    @Test
    void the_location_of_the_classes_counts_if_the_class_path_is_not_one_jar() throws IOException {
        for (String classPath : new String[] {"", jar + ":" + jar, folder.toString(), jar + "x"}) {
            assertThat(BrokerConnectors.besideTheJar(classPath, jar.toUri().toURL()))
                    .isEqualTo(folder.resolve("connectors"));
        }
    }

    @Test
    void there_is_no_folder_without_a_jar() {
        assertThat(BrokerConnectors.besideTheJar("", null)).isNull();
    }
}
