package dev.entente.server.store.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.store.Database;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenStore;
import dev.entente.server.store.Rows;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.writer.PostgresTransactionStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RetentionTest {
    @Test
    void old_finished_transactions_are_removed_with_their_labels() {
        try (OpenStore open = new OpenStore();
                Retention retention = new Retention(open.database, Duration.ofDays(14))) {
            PostgresTransactionStore store = open.store;
            for (String gid : new String[] {"old", "young", "open"}) {
                store.accept(Rows.labelled(gid, Map.of("k", "v"))).join();
            }
            store.write(Rows.finish("old", 0)).join();
            store.write(Rows.finish("young", 0)).join();
            TestDatabase.execute(
                    open.database,
                    "update finished_transaction set finished_at = now() - interval '15 days' where gid = 'old'");
            assertThat(retention.removeSlice()).isEqualTo(1);
            assertThat(retention.removeSlice()).isZero();
            assertThat(store.read("old").join()).isNull();
            assertThat(store.read("young").join()).isInstanceOf(FinishedRow.class);
            assertThat(TestDatabase.number(open.database, "select count(*) from transaction_label"))
                    .isEqualTo(2);
        }
    }

    @Test
    void all_old_rows_are_removed_slice_by_slice() {
        try (Database database = TestDatabase.migrated();
                Retention retention = new Retention(database, Duration.ofDays(14))) {
            finished(database, 5000, 15);
            finished(database, 10, 13);

            assertThat(retention.removeSlice()).isEqualTo(2000);
            assertThat(retention.removeSlice()).isEqualTo(2000);
            assertThat(retention.removeSlice()).isEqualTo(1000);

            // Older than the rows removed last, for example rows that another coordinator has left.
            finished(database, 3, 20);
            assertThat(retention.removeSlice()).isEqualTo(3);
            assertThat(TestDatabase.number(database, "select count(*) from finished_transaction"))
                    .isEqualTo(10);
        }
    }

    @Test
    void only_one_coordinator_removes_rows_at_a_time() throws SQLException {
        try (Database database = TestDatabase.migrated();
                Retention retention = new Retention(database, Duration.ofDays(14))) {
            finished(database, 5, 15);
            try (Connection other = database.connect("other", 5);
                    Statement statement = other.createStatement()) {
                other.setAutoCommit(false);
                statement.execute("select pg_try_advisory_xact_lock(%d, 0)".formatted(Retention.LOCK_SPACE));

                assertThat(retention.removeSlice()).isZero();
                other.rollback();
            }
            assertThat(retention.removeSlice()).isEqualTo(5);
        }
    }

    /** Inserts finished transactions, most of them with an equal finish time. */
    private static void finished(Database database, int count, int daysAgo) {
        TestDatabase.execute(database, """
            insert into finished_transaction
              (bucket, gid, pattern, state, name, created_at, finished_at, request_digest, plan, progress)
            select 0, '%1$d-' || i, 1, 1, '', now(), now() - interval '%1$d days' + i / 900 * interval '1 second', '', '', ''
            from generate_series(1, %2$d) i\
            """.formatted(daysAgo, count));
    }
}
