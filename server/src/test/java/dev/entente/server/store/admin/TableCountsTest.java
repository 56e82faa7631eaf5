package dev.entente.server.store.admin;

import static dev.entente.server.store.OpenStore.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.core.transaction.ParkReason;
import dev.entente.server.store.Database;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.OpenStore;
import dev.entente.server.store.Rows;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.WaitingColumn;
import dev.entente.server.store.writer.PostgresTransactionStore;
import dev.entente.server.telemetry.Metrics;
import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Logger;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TableCountsTest {
    private static final int SAGAS = 300;
    private static final Duration KEEP = Duration.ofDays(14);

    private final OpenStore open = new OpenStore();
    private final Database database = open.database;
    private final PostgresTransactionStore store = open.store;
    private final Metrics metrics = Metrics.withoutJvm();
    private final Metrics otherMetrics = Metrics.withoutJvm();

    @BeforeEach
    void fill() {
        for (int i = 0; i < SAGAS; i++) {
            await(store.accept(Rows.running("s" + i)));
        }
        await(store.write(Rows.park("s0", 0, ParkReason.UNDO_REFUSED, "no: it says")));
        await(store.write(Rows.park("s1", 0, ParkReason.UNDO_REFUSED, "")));
        await(store.write(Rows.sleep("s2", 0, WaitingColumn.text(true, List.of()))));
        await(store.accept(Rows.begun("b0", Duration.ZERO)));
        await(store.accept(Rows.begun("b1", Duration.ofHours(1))));
    }

    @AfterEach
    void close() {
        open.close();
    }

    @Test
    void each_row_is_counted_once() {
        try (TableCounts census = new TableCounts(database, KEEP, metrics)) {
            census.round();
        }
        assertThat(metrics.exposition())
                .contains("entente_table_open{pattern=\"saga\",state=\"running\"} " + SAGAS + ".0")
                .contains("entente_table_open{pattern=\"tcc\",state=\"begun\"} 2.0")
                .contains("entente_table_parked{reason=\"undo_refused\"} 2.0")
                .contains("entente_table_parked{reason=\"by_operator\"} 0.0")
                .contains("entente_table_awaiting_approval 1.0")
                .contains("entente_table_overdue 1.0");
    }

    @Test
    void the_lag_of_the_retention_and_the_sizes_of_tables_are_shown() {
        await(store.write(Rows.finish("s3", 0)));
        TestDatabase.execute(database, "update finished_transaction set finished_at = now() - interval '15 days'");
        TableCounts counts = new TableCounts(database, KEEP, metrics);
        counts.round();
        assertThat(metrics.exposition())
                .containsPattern("entente_retention_lag_seconds 8640[0-9]")
                .containsPattern("entente_table_bytes\\{table=\"open_transaction\"} [1-9]")
                .contains("entente_table_dead_rows{table=\"audit_entry\"} 0.0");

        TestDatabase.execute(database, "update finished_transaction set finished_at = now()");
        counts.round();
        assertThat(metrics.exposition()).contains("entente_retention_lag_seconds 0.0");
        counts.close();
    }

    @Test
    void one_coordinator_counts_and_another_continues_after_its_close() {
        TableCounts first = new TableCounts(database, KEEP, metrics);
        first.start();
        Awaitility.await().until(() -> metrics.exposition().contains("entente_table_open"));
        TableCounts second = new TableCounts(database, KEEP, otherMetrics);
        second.round();
        assertThat(otherMetrics.exposition()).doesNotContain("entente_table");

        first.close();
        Awaitility.await().until(() -> !metrics.exposition().contains("entente_table"));
        Awaitility.await().untilAsserted(() -> {
            second.round();
            assertThat(otherMetrics.exposition()).contains("entente_table_awaiting_approval 1.0");
        });
        assertThat(metrics.exposition()).doesNotContain("entente_table");
    }

    @Test
    void a_lost_connection_removes_the_counts_until_a_later_round() {
        TableCounts census = new TableCounts(database, KEEP, metrics);
        census.round();
        TestDatabase.execute(
                database,
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'entente census'"
                        + " and datname = current_database()");
        census.round();
        assertThat(metrics.exposition()).doesNotContain("entente_table");
        Awaitility.await().untilAsserted(() -> {
            census.round();
            assertThat(metrics.exposition()).contains("entente_table_open");
        });
    }

    /** A driver that throws an error when it connects. */
    private static final class Defective implements Driver {
        static final String URL = "jdbc:defective:";
        private final AtomicInteger attempts = new AtomicInteger();

        @Override
        public boolean acceptsURL(String url) {
            return url.startsWith(URL);
        }

        @Override
        public @Nullable Connection connect(String url, Properties info) {
            if (acceptsURL(url)) {
                if ("entente census".equals(info.getProperty("ApplicationName"))) {
                    attempts.incrementAndGet();
                }
                throw new LinkageError("as it is meant");
            }
            return null;
        }

        @Override
        public DriverPropertyInfo[] getPropertyInfo(String url, Properties info) {
            return new DriverPropertyInfo[0];
        }

        @Override
        public int getMajorVersion() {
            return 1;
        }

        @Override
        public int getMinorVersion() {
            return 0;
        }

        @Override
        public boolean jdbcCompliant() {
            return false;
        }

        @Override
        public Logger getParentLogger() {
            return Logger.getGlobal();
        }
    }

    @Test
    void a_round_does_not_throw_when_the_driver_throws_an_error() throws SQLException {
        Defective driver = new Defective();
        DriverManager.registerDriver(driver);
        DatabaseSettings settings =
                new DatabaseSettings(Defective.URL, "unknown", () -> "", 1, false, Duration.ofSeconds(1));
        try (Database defective = Database.of(settings);
                TableCounts counts = new TableCounts(database, KEEP, metrics);
                TableCounts census = new TableCounts(defective, KEEP, metrics)) {
            counts.round();
            assertThat(metrics.exposition()).contains("entente_table_open");
            census.round();
            census.round();
        } finally {
            DriverManager.deregisterDriver(driver);
        }
        assertThat(driver.attempts).as("attempts to connect").hasValue(2);
        assertThat(metrics.exposition()).doesNotContain("entente_table");
    }
}
