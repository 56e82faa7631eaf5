package dev.entente.server.store.writer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.server.store.Database;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.admin.Failover;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The lock that says that a process lives, on a PostgreSQL that cuts its connection. */
class SessionLockTest {
    private static final String CUT =
            "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'entente alive'"
                    + " and datname = current_database()";

    private static Incarnations register(Database database, String node) {
        return Incarnations.register(
                database, new Failover(database).settle(), node, "localhost:1", "test", Runnable::run);
    }

    @Test
    void a_cut_connection_is_told_of_at_once_and_the_next_renewal_has_the_lock_again() {
        try (Database database = TestDatabase.migrated();
                Incarnations me = register(database, "n");
                Incarnations other = register(database, "other")) {
            AtomicInteger told = new AtomicInteger();
            me.whenLockLost(told::incrementAndGet);
            assertThat(other.isProcessGone(me.incarnation()).join()).isFalse();
            TestDatabase.execute(database, CUT);
            await().until(() -> told.get() == 1);
            assertThat(me.renew().join().isAlive()).isTrue();
            assertThat(other.isProcessGone(me.incarnation()).join()).isFalse();
            assertThat(told).hasValue(1);
        }
    }

    @Test
    void closing_lets_go_of_the_lock_and_tells_nobody() {
        try (Database database = TestDatabase.migrated();
                Incarnations other = register(database, "other")) {
            AtomicInteger told = new AtomicInteger();
            Incarnations me = register(database, "n");
            me.whenLockLost(told::incrementAndGet);
            me.close();
            await().until(() -> other.isProcessGone(me.incarnation()).join());
            assertThat(told).hasValue(0);
        }
    }
}
