package dev.entente.server.store.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.Database;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.audit.AuditTrail.Refused;
import dev.entente.server.telemetry.Metrics;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class QueuedTrailTest {
    private final AtomicLong nanos = new AtomicLong();

    @Test
    void of_one_second_ten_strangers_have_a_row_and_the_others_one_together() {
        try (Database database = TestDatabase.migrated();
                QueuedTrail trail = new QueuedTrail(database, Metrics.none(), nanos::get)) {
            for (int i = 0; i < 1000; i++) {
                trail.refused(Refused.STRANGER, row("sign-in", "stranger " + i));
            }
            trail.started("n", "test");
            nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));

            await(database, "select count(*) from audit_entry where act = 'refusals' and reason like '990 more %'", 1);
            await(database, "select count(*) from audit_entry where act = 'sign-in'", 10);
            trail.refused(Refused.STRANGER, row("sign-in", "in the next second"));
            await(database, "select count(*) from audit_entry where act = 'sign-in'", 11);
        }
    }

    @Test
    void nobody_hides_anothers_refusals_behind_many() {
        try (Database database = TestDatabase.migrated();
                QueuedTrail trail = new QueuedTrail(database, Metrics.none(), nanos::get)) {
            for (int i = 0; i < 5000; i++) {
                trail.refused(Refused.CALLER, by("shop"));
            }
            for (int i = 0; i < 20; i++) {
                trail.refused(Refused.CALLER, by("alice"));
            }
            trail.started("n", "test");
            await(database, "select count(*) from audit_entry where actor = 'alice'", 5);
            await(database, "select count(*) from audit_entry where actor = 'shop'", 105);
            nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
            await(
                    database,
                    "select count(*) from audit_entry where act = 'refusals' and reason like '%: alice 15, shop 4895'",
                    1);
        }
    }

    private static AuditRecord by(String actor) {
        return new AuditRecord(actor, "role", "", "no", "", "", "127.0.0.1", "r-1");
    }

    @Test
    void what_finds_the_queue_full_is_counted_in_one_row_and_nobody_waits() throws SQLException {
        try (Database database = TestDatabase.migrated();
                Connection other = database.connect("other", 0);
                Statement statement = other.createStatement();
                QueuedTrail trail = new QueuedTrail(database, Metrics.none(), nanos::get)) {
            other.setAutoCommit(false);
            statement.execute("lock table audit_entry in exclusive mode");
            trail.started("n", "test");
            Awaitility.await().until(() -> isLocked(database));
            // The thread that waits for the lock has taken the first row along.
            for (int i = 0; i < QueuedTrail.MAX_WAITING + 7; i++) {
                trail.add(row("read", "r" + i));
            }
            other.rollback();

            await(database, "select count(*) from audit_entry where act = 'read'", QueuedTrail.MAX_WAITING);
            await(database, "select count(*) from audit_entry where act = 'overflow' and reason like '7 rows %'", 1);
        }
    }

    @Test
    void texts_are_cut_between_characters_and_hold_no_nul() {
        try (Database database = TestDatabase.migrated();
                QueuedTrail trail = new QueuedTrail(database, Metrics.none(), nanos::get)) {
            trail.add(row("read", "x".repeat(QueuedTrail.MAX_CHARACTERS - 1) + "😀 and more"));
            trail.add(row("read", "a\0b"));
            trail.started("n", "test");

            await(database, "select count(*) from audit_entry where reason = repeat('x', 999)", 1);
            await(database, "select count(*) from audit_entry where reason = 'a b'", 1);
        }
    }

    @Test
    void what_waits_at_the_end_is_written() {
        try (Database database = TestDatabase.migrated()) {
            try (QueuedTrail trail = new QueuedTrail(database, Metrics.none(), nanos::get)) {
                trail.started("n", "test");
                for (int i = 0; i < 600; i++) {
                    trail.add(row("read", "r" + i));
                }
            }
            assertThat(TestDatabase.number(database, "select count(*) from audit_entry where act = 'read'"))
                    .isEqualTo(600);
        }
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
