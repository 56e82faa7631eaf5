package dev.entente.server.store.admin;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.Database;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.telemetry.LogLines;
import dev.entente.server.telemetry.Metrics;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class QueuedTrailTest {
    private static final Duration LONG = Duration.ofMinutes(5);

    @RegisterExtension
    private final LogLines lines = new LogLines(QueuedAuditTrail.class);

    @Test
    void all_rows_of_one_principal_are_written() {
        try (Database database = TestDatabase.migrated();
                QueuedAuditTrail trail = started(database, LONG)) {
            for (int i = 0; i < 5000; i++) {
                trail.add(row("role", "r" + i));
            }
            await(database, "select count(distinct reason) from audit_entry where actor = 'eve'", 5000);
        }
    }

    @Test
    void rows_beyond_a_full_queue_are_counted_in_one_row() throws SQLException {
        try (Database database = TestDatabase.migrated();
                Connection other = database.connect("other", 0);
                Statement statement = other.createStatement();
                QueuedAuditTrail trail = started(database, LONG)) {
            other.setAutoCommit(false);
            statement.execute("lock table audit_entry in exclusive mode");
            trail.add(row("first", ""));
            Awaitility.await().until(() -> isLocked(database));
            // The thread that waits for the lock has already taken the first row.
            for (int i = 0; i < QueuedAuditTrail.MAX_WAITING + 7; i++) {
                trail.add(row("read", "r" + i));
            }
            other.rollback();

            await(database, "select count(*) from audit_entry where operation = 'read'", QueuedAuditTrail.MAX_WAITING);
            await(
                    database,
                    "select count(*) from audit_entry where operation = 'overflow' and reason like '7 rows %'",
                    1);
        }
    }

    @Test
    void rows_wait_while_the_table_is_unavailable() {
        try (Database database = TestDatabase.migrated();
                QueuedAuditTrail trail = started(database, LONG)) {
            TestDatabase.execute(database, "alter table audit_entry rename to away");
            lines.level(Level.WARN);
            trail.add(row("read", "waits"));
            Awaitility.await().until(() -> !lines.reported().isEmpty());
            TestDatabase.execute(database, "alter table away rename to audit_entry");
            await(database, "select count(*) from audit_entry where reason = 'waits'", 1);
        }
    }

    @Test
    void texts_are_cut_between_characters_and_nul_is_escaped() {
        try (Database database = TestDatabase.migrated();
                QueuedAuditTrail trail = started(database, LONG)) {
            trail.add(row("read", "x".repeat(QueuedAuditTrail.MAX_CHARACTERS - 1) + "😀 and more"));
            trail.add(row("read", "a\0b"));

            await(database, "select count(*) from audit_entry where reason = repeat('x', 999)", 1);
            await(
                    database,
                    "select count(*) from audit_entry where starts_with(reason, 'a\\u0000b (escaped; SHA-256 ')",
                    1);
        }
    }

    @Test
    void waiting_rows_are_written_on_close() {
        try (Database database = TestDatabase.migrated()) {
            try (QueuedAuditTrail trail = started(database, LONG)) {
                for (int i = 0; i < 600; i++) {
                    trail.add(row("read", "r" + i));
                }
            }
            assertThat(TestDatabase.number(database, "select count(*) from audit_entry where operation = 'read'"))
                    .isEqualTo(600);
        }
    }

    @Test
    void closing_writes_rows_until_the_time_limit() throws Exception {
        try (Database database = TestDatabase.migrated();
                Connection other = database.connect("other", 0);
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("lock table audit_entry in exclusive mode");
            QueuedAuditTrail slow = started(database, LONG);
            QueuedAuditTrail hurried = started(database, Duration.ofMillis(1));
            for (int i = 0; i < 1200; i++) {
                slow.add(row("slow", "r" + i));
            }
            lines.level(Level.WARN);
            hurried.add(row("hurried", ""));
            hurried.close();
            Awaitility.await()
                    .until(() -> lines.reported().stream()
                            .anyMatch(line -> line.contains("1 audit rows were not written before the shutdown")));

            Thread closing = Thread.ofVirtual().start(slow::close);
            Awaitility.await().until(() -> isLocked(database));
            other.rollback();
            closing.join();
            assertThat(TestDatabase.number(database, "select count(*) from audit_entry where operation = 'slow'"))
                    .isEqualTo(1200);
        }
    }

    private static QueuedAuditTrail started(Database database, Duration closeLimit) {
        return QueuedAuditTrail.start(database, Metrics.none(), () -> closeLimit);
    }

    private static AuditRecord row(String act, String reason) {
        return new AuditRecord("eve", act, "", reason, "", "", "127.0.0.1", "r-1");
    }

    private static boolean isLocked(Database database) {
        return TestDatabase.number(database, """
            select count(*) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'\
            """) > 0;
    }

    private static void await(Database database, String query, long expected) {
        Awaitility.await()
                .untilAsserted(
                        () -> assertThat(TestDatabase.number(database, query)).isEqualTo(expected));
    }
}
