package dev.entente.bench.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.rig.ChildFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchDatabaseIT {
    @TempDir
    private Path folder;

    @Test
    void a_failed_start_is_retried_in_a_new_folder() throws Exception {
        Path theirs = Files.writeString(
                Files.createDirectory(folder.resolve("postgres")).resolve("theirs"), "kept");

        try (BenchDatabase database = BenchDatabase.start(folder)) {
            assertThat(database.settings()).containsEntry("fsync", "on").containsEntry("synchronous_commit", "on");
        }
        assertThat(theirs).hasContent("kept");
    }

    @Test
    void a_second_failed_start_reports_the_folder() throws IOException {
        Files.writeString(Files.createDirectory(folder.resolve("postgres")).resolve("theirs"), "kept");
        Files.writeString(
                Files.createDirectory(folder.resolve("postgres-again")).resolve("theirs"), "kept");

        assertThatThrownBy(() -> BenchDatabase.start(folder))
                .isInstanceOf(ChildFailure.class)
                .hasMessageContaining("PostgreSQL did not start")
                .hasMessageContaining(folder.resolve("postgres-again").toString());
    }
}
