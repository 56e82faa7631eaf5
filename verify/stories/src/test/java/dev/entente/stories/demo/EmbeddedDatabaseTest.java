package dev.entente.stories.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.rig.EmbeddedDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The database of demos and runs, which is thrown away when it is closed. */
class EmbeddedDatabaseTest {
    @TempDir
    private Path folder;

    @Test
    void a_closed_database_runs_no_more_and_leaves_no_data() throws Exception {
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
    void a_database_that_was_broken_off_comes_back_at_its_port_with_what_it_has_acknowledged() throws Exception {
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
