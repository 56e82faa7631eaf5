package dev.entente.server.store.writer;

import static dev.entente.server.store.OpenStore.register;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PatientAwaits;
import dev.entente.server.store.Database;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * The session lock that shows that a process is alive, and lease renewals, while PostgreSQL closes or delays
 * connections.
 */
class SessionLockTest {
    private static final String CUT =
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'entente alive'"
                    + " and datname = current_database()";

    @Test
    void a_lost_connection_is_reported_at_once_and_the_next_renewal_restores_the_lock() {
        try (Database database = TestDatabase.migrated();
                Incarnations me = register(database, "n");
                Incarnations other = register(database, "other")) {
            AtomicInteger reported = new AtomicInteger();
            me.whenLockLost(reported::incrementAndGet);
            assertThat(other.isProcessGone(me.incarnation()).join()).isFalse();
            TestDatabase.execute(database, CUT);
            await().until(() -> reported.get() == 1);
            await().until(() -> other.isProcessGone(me.incarnation()).join());
            assertThat(me.renew().join().isAlive()).isTrue();
            assertThat(other.isProcessGone(me.incarnation()).join()).isFalse();
            assertThat(reported).hasValue(1);
        }
    }

    @Test
    void closing_releases_the_lock_without_a_report() {
        try (Database database = TestDatabase.migrated();
                Incarnations other = register(database, "other")) {
            AtomicInteger reported = new AtomicInteger();
            Incarnations me = register(database, "n");
            me.whenLockLost(reported::incrementAndGet);
            me.close();
            await().until(() -> other.isProcessGone(me.incarnation()).join());
            assertThat(reported).hasValue(0);
        }
    }

    /** Here a renewal waits for a lock; a renewal that waits for a standby leaves such a session behind, too. */
    @Test
    void renewals_without_a_response_leave_at_most_one_session() throws SQLException {
        try (Database database = TestDatabase.migrated();
                Incarnations me = register(database, "n")) {
            DatabaseSettings given = database.settings();
            try (Connection other = DriverManager.getConnection(given.jdbcUrl(), given.user(), given.password());
                    Statement statement = other.createStatement()) {
                other.setAutoCommit(false);
                statement.execute("select 1 from coordinator for update");
                for (int i = 0; i < 2; i++) {
                    assertThat(me.renew())
                            .failsWithin(PatientAwaits.BOUND)
                            .withThrowableOfType(ExecutionException.class);
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
