package dev.entente.lab.demo;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.entente.rig.EmbeddedDatabase;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** The database of demos and runs, which is thrown away when it is closed. */
class EmbeddedDatabaseTest {
    private final Logger library = (Logger) LoggerFactory.getLogger(EmbeddedPostgres.class);
    private final ListAppender<ILoggingEvent> complaints = new ListAppender<>();

    @TempDir
    private Path folder;

    @Test
    void one_that_is_closed_runs_no_more_leaves_no_data_and_complains_of_nothing() throws Exception {
        complaints.start();
        library.addAppender(complaints);
        try {
            EmbeddedDatabase database = EmbeddedDatabase.start(folder);
            ProcessHandle postmaster = ProcessHandle.of(database.pid()).orElseThrow();
            try (Connection connection = database.connect(EmbeddedDatabase.USER)) {
                assertThat(connection.isValid(5)).isTrue();
            }

            database.close();

            assertThat(postmaster.isAlive()).isFalse();
            assertThat(folder.resolve("postgres")).doesNotExist();
            assertThat(complaints.list).isEmpty();
        } finally {
            library.detachAppender(complaints);
        }
    }
}
