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
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The lock that says that a process lives, and its renewals, on a PostgreSQL that cuts or holds up connections. */
class SessionLockTest {
    private static final String CUT =
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'entente alive'"
                    + " and datname = current_database()";

    @Test
    void a_cut_connection_is_told_of_at_once_and_the_next_renewal_has_the_lock_again() {
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
    void closing_lets_go_of_the_lock_and_tells_nobody() {
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

    /** A renewal waits for a lock here; one that waits for a standby leaves the same session behind. */
    @Test
    void renewals_that_are_not_answered_leave_one_session_at_most() throws SQLException {
        try (Database database = TestDatabase.migrated();
                Incarnations me = register(database, "n")) {
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
