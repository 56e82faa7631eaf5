package dev.entente.server.store.writer;

import dev.entente.server.store.CuttingProxy;
import dev.entente.server.store.Database;
import dev.entente.server.store.TestDatabase;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class VacuumTest {
    private static final String VACUUMS =
            "select coalesce(max(vacuum_count), 0) from pg_stat_user_tables where relname = 'open_transaction'";

    private final Database database = TestDatabase.migrated();

    @Test
    void vacuum_continues_after_a_silent_database_connection() throws IOException {
        AtomicLong commits = new AtomicLong();
        try (CuttingProxy proxy = new CuttingProxy(TestDatabase.port(database.settings()), _ -> CuttingProxy.Cut.NONE);
                Database behind = Database.of(TestDatabase.through(
                        proxy.port(), database.settings(), "gssEncMode=disable", 1, Duration.ofSeconds(2)));
                Vacuum vacuum = new Vacuum(behind, commits::incrementAndGet, 1)) {
            vacuum.start();
            Awaitility.await().until(() -> TestDatabase.number(database, VACUUMS) > 0);

            proxy.silence();
            Awaitility.await().until(() -> proxy.swallowed() > 0);
            proxy.restore();

            long before = TestDatabase.number(database, VACUUMS);
            Awaitility.await().until(() -> TestDatabase.number(database, VACUUMS) > before + 1);
        } finally {
            database.close();
        }
    }
}
