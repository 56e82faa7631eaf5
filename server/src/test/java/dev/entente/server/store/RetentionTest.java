package dev.entente.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.telemetry.Metrics;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RetentionTest {
    @Test
    void what_finished_long_ago_goes_with_its_labels() {
        try (Database database = TestDatabase.migrated()) {
            ClusterIdentity cluster = new Failover(database).settle();
            try (Incarnations incarnation =
                            Incarnations.register(database, cluster, "n", "localhost:1", "test", Runnable::run);
                    Retention retention = new Retention(database, Duration.ofDays(14))) {
                PostgresTransactionStore store = PostgresTransactionStore.open(
                        database, cluster, incarnation.incarnation(), Runnable::run, Metrics.none(), () -> {});
                for (String gid : new String[] {"old", "young", "open"}) {
                    store.accept(Rows.labelled(gid, Map.of("k", "v"))).join();
                }
                store.write(Rows.finish("old", 0)).join();
                store.write(Rows.finish("young", 0)).join();
                TestDatabase.execute(
                        database,
                        "update finished_transaction set finished_at = now() - interval '15 days' where gid = 'old'");
                assertThat(retention.removeSlice()).isEqualTo(1);
                assertThat(retention.removeSlice()).isZero();
                assertThat(store.read("old").join()).isNull();
                assertThat(store.read("young").join()).isInstanceOf(FinishedRow.class);
                assertThat(TestDatabase.number(database, "select count(*) from transaction_label"))
                        .isEqualTo(2);
                store.close();
            }
        }
    }

    @Test
    void entries_of_the_audit_go_with_their_age_but_not_while_their_transaction_is_open() {
        try (Database database = TestDatabase.migrated()) {
            ClusterIdentity cluster = new Failover(database).settle();
            try (Incarnations incarnation =
                            Incarnations.register(database, cluster, "n", "localhost:1", "test", Runnable::run);
                    Retention retention = new Retention(database, Duration.ofDays(14))) {
                PostgresTransactionStore store = PostgresTransactionStore.open(
                        database, cluster, incarnation.incarnation(), Runnable::run, Metrics.none(), () -> {});
                store.accept(Rows.labelled("open", Map.of())).join();
                TestDatabase.execute(
                        database,
                        "insert into audit_entry (at, actor, act, gid, reason, before, after)"
                                + " select now() - d * interval '1 day', 'ann', 'park', g, '', '', ''"
                                + " from (values (15, 'open'), (15, 'gone'), (15, ''), (13, 'gone')) v (d, g)");
                assertThat(retention.removeAuditSlice()).isEqualTo(2);
                assertThat(retention.removeAuditSlice()).isZero();
                assertThat(TestDatabase.number(database, "select count(*) from audit_entry where gid = 'open'"))
                        .isEqualTo(1);
                assertThat(TestDatabase.number(database, "select count(*) from audit_entry"))
                        .isEqualTo(2);
                store.close();
            }
        }
    }
}
