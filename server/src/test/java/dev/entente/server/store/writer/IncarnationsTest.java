package dev.entente.server.store.writer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PatientAwaits;
import dev.entente.server.store.Database;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.admin.Failover;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

class IncarnationsTest {
    /** A renewal waits for a lock here; one that waits for a standby leaves the same session behind. */
    @Test
    void renewals_that_are_not_answered_leave_one_session_at_most() throws SQLException {
        try (Database database = TestDatabase.migrated();
                Incarnations me = Incarnations.register(
                        database, new Failover(database).settle(), "n", "localhost:1", "test", Runnable::run)) {
            DatabaseSettings given = database.settings();
            try (Connection other = DriverManager.getConnection(given.jdbcUrl(), given.user(), given.password());
                    Statement statement = other.createStatement()) {
                other.setAutoCommit(false);
                statement.execute("select 1 from coordinator for update");
                for (int i = 0; i < 2; i++) {
                    assertThat(me.renew()).failsWithin(PatientAwaits.BOUND);
                }
                await().until(() -> TestDatabase.number(
                                database,
                                "select count(*) from pg_stat_activity where application_name = 'entente lease'"
                                        + " and datname = current_database()")
                        == 1);
                other.rollback();
            }
            assertThat(me.renew().join().isAlive()).isTrue();
        }
    }
}
