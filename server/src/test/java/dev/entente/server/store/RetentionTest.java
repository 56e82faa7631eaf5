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
}
