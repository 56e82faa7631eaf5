package dev.entente.stories.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.rig.EmbeddedDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The database of demos and test runs, which is deleted when it is closed. */
class EmbeddedDatabaseTest {
    @TempDir
    private Path folder;

    @Test
    void a_closed_database_is_stopped_and_leaves_no_data() throws Exception {
        EmbeddedDatabase database = EmbeddedDatabase.start(folder);
        ProcessHandle postmaster = database.postmaster();
        try (Connection connection = database.connect(EmbeddedDatabase.USER)) {
            assertThat(connection.isValid(5)).isTrue();
        }

        database.close();

        assertThat(postmaster.isAlive()).isFalse();
        assertThat(folder.resolve("postgres")).doesNotExist();
    }

    @Test
    void a_killed_database_restarts_at_its_port_with_its_committed_data() throws Exception {
        try (EmbeddedDatabase database = EmbeddedDatabase.start(folder)) {
            String url = database.url("shop");
            database.create("shop");
            database.ask("shop").change("create table kept as select 7 as number");

            database.breakOff();
            assertThat(database.postmaster().isAlive()).isFalse();
            database.startAgain();

            assertThat(database.url("shop")).isEqualTo(url);
            assertThat(database.ask("shop").number("select number from kept")).isEqualTo(7);
        }
    }
}
