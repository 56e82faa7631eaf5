package dev.entente.server.store.admin;

import static dev.entente.server.store.OpenStore.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.backends.PatientAwaits;
import dev.entente.core.transaction.ParkReason;
import dev.entente.core.transaction.Parked;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.Bucket;
import dev.entente.server.store.ClusterIdentity;
import dev.entente.server.store.Database;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.LoggedAudit;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.OpenStore;
import dev.entente.server.store.Rows;
import dev.entente.server.store.StartupFailure;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.WriteResult;
import dev.entente.server.store.writer.Incarnations;
import dev.entente.server.store.writer.PostgresTransactionStore;
import dev.entente.server.telemetry.LogLines;
import dev.entente.server.telemetry.Metrics;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Failovers and restores. A test simulates a promotion by another last known timeline in the table {@code cluster}. */
class FailoverTest {
    private static final AuditRecord RECOVERED = new AuditRecord("alice", "recover", "", "checked", "", "");
    private static final Duration LEASE = Duration.ofMillis(1500);

    @RegisterExtension
    private final LogLines lines = new LogLines(Failover.class);

    private final OpenStore open = new OpenStore();
    private final Database database = open.database;
    private final ClusterIdentity cluster = open.cluster;
    private final Incarnations incarnation = open.incarnation;
    private final PostgresTransactionStore store = open.store;
    private final Failover failover = new Failover(database);

    @AfterEach
    void close() {
        open.close();
    }

    private OpenRow row(String gid) {
        return (OpenRow) Objects.requireNonNull(await(store.read(gid)));
    }

    @Test
    void an_unchanged_timeline_parks_no_transaction() {
        await(store.accept(Rows.running("held")));
        assertThat(failover.settle()).isEqualTo(cluster);
        assertThat(row("held").parked()).isNull();
        assertThat(failover.found(10).count()).isZero();
    }

    @Test
    void a_new_timeline_parks_each_open_row_until_a_release() {
        await(store.accept(Rows.running("held")));
        await(store.accept(Rows.begun("begun", Duration.ofHours(1))));
        await(store.accept(Rows.running("parked")));
        await(store.write(Rows.park("parked", 0, ParkReason.UNDO_EXHAUSTED, "stock is gone")));
        TestDatabase.execute(database, "update cluster set timeline = timeline - 1");

        assertThat(failover.settle()).isEqualTo(cluster);
        assertThat(failover.settle()).isEqualTo(cluster);

        for (String gid : List.of("held", "begun", "parked")) {
            OpenRow row = row(gid);
            assertThat(row.owner()).isNull();
            assertThat(row.dueAt()).isNull();
            assertThat(reason(row)).isEqualTo(ParkReason.DATABASE_MAY_HAVE_LOST_COMMITS);
        }
        assertThat(Objects.requireNonNull(row("parked").parked()).detail())
                .startsWith("was ")
                .endsWith("; parked before as UNDO_EXHAUSTED: stock is gone");
        assertThat(await(store.due()).buckets()).isEmpty();
        assertThat(await(store.write(Rows.flush("held", 0, "zombie")))).isEqualTo(new WriteResult.Lost());
        assertThat(failover.found(2)).isEqualTo(new Failover.Found(3, List.of("begun", "held")));

        try (LoggedAudit lines = new LoggedAudit()) {
            assertThat(failover.release(RECOVERED, LEASE)).isEqualTo(3);
            assertThat(lines.with("actor=alice operation=recover")).hasSize(1);
        }

        assertThat(row("held").parked()).isNull();
        assertThat(TestDatabase.number(database, """
            select count(*) from open_transaction, cluster where gid = 'held' and due_at >= settled_at + interval '1.5 s'\
            """))
                .as("not before those who have not met the failover yet have no lease any more")
                .isEqualTo(1);
        assertThat(row("begun").parked()).isNull();
        Parked before = Objects.requireNonNull(row("parked").parked());
        assertThat(before.reason()).isEqualTo(ParkReason.UNDO_EXHAUSTED);
        assertThat(before.detail()).isEqualTo("stock is gone");
        assertThat(row("parked").dueAt()).isNull();
        assertThat(failover.found(10).count()).isZero();
        assertThat(TestDatabase.number(database, "select count(*) from audit_entry where operation = 'recover'"))
                .isEqualTo(1);
    }

    /** The old primary is available again, and the process has used the promoted standby. */
    @Test
    void a_process_does_not_return_to_an_earlier_timeline() {
        ClusterIdentity promoted = new ClusterIdentity(cluster.systemIdentifier(), cluster.timeline() + 1);
        assertThatThrownBy(() -> failover.settle(promoted))
                .isInstanceOf(StartupFailure.class)
                .hasMessageContaining("ENT-072")
                .hasMessageContaining("old primary");
        assertThat(failover.settle(cluster)).isEqualTo(cluster);
        ClusterIdentity other = new ClusterIdentity(cluster.systemIdentifier() - 1, cluster.timeline() + 1);
        assertThat(failover.settle(other)).as("moved to another cluster").isEqualTo(cluster);
    }

    @Test
    void a_database_moved_without_its_sequences_accepts_audit_entries() {
        String entry =
                "insert into audit_entry (actor, operation, gid, reason, before, after) values ('', '', '', '', '',"
                        + " '')";
        for (int i = 0; i < 3; i++) {
            TestDatabase.execute(database, entry);
        }
        TestDatabase.execute(database, "alter sequence audit_entry_id_seq restart");
        TestDatabase.execute(database, "update cluster set system_identifier = system_identifier - 1");
        var _ = failover.settle();
        TestDatabase.execute(database, entry);
        assertThat(TestDatabase.number(database, "select count(*) from audit_entry"))
                .isEqualTo(4);
    }

    /** Participants have seen fences of lost commits, perhaps after an earlier restore of the same backup. */
    @Test
    void each_failover_and_each_restore_raises_the_fences_above_lost_fences() {
        assertThat(store.fenceFloor()).isZero();
        assertThat(await(open.incarnation.renew()).isAlive()).isTrue();
        long before = System.currentTimeMillis();
        failover.parkRestored();
        assertThat(await(open.incarnation.renew()).isAlive())
                .as("a coordinator with the fences from before")
                .isFalse();
        long restored = fenceFloor();
        assertThat(restored).isGreaterThanOrEqualTo(before);
        TestDatabase.execute(database, "update cluster set fence_floor = 0, timeline = timeline - 1");
        var _ = failover.settle();
        assertThat(fenceFloor()).isGreaterThan(restored);
        long ahead = fenceFloor() + Duration.ofDays(1).toMillis();
        TestDatabase.execute(database, "update cluster set fence_floor = " + ahead);
        failover.parkRestored();
        assertThat(fenceFloor()).as("beside a clock that was set back").isGreaterThan(ahead);
        var _ = failover.settle();
        try (Incarnations next = OpenStore.register(database, "n2")) {
            assertThat(next.fenceFloor()).isEqualTo(fenceFloor());
        }
    }

    private long fenceFloor() {
        return TestDatabase.number(database, "select fence_floor from cluster");
    }

    @Test
    void a_restored_database_is_parked_in_one_pass_and_released_as_after_a_failover() {
        await(store.accept(Rows.running("held")));
        await(store.accept(Rows.begun("begun", Duration.ofHours(1))));
        await(store.accept(Rows.running("parked")));
        await(store.write(Rows.park("parked", 0, ParkReason.UNDO_EXHAUSTED, "stock is gone")));

        assertThat(failover.parkRestored()).isEqualTo(3);
        assertThat(failover.parkRestored()).isEqualTo(3);
        TestDatabase.execute(database, "update cluster set timeline = timeline - 1");
        assertThat(failover.settle()).isEqualTo(cluster);

        for (String gid : List.of("held", "begun", "parked")) {
            assertThat(row(gid).owner()).isNull();
            assertThat(row(gid).dueAt()).isNull();
            assertThat(reason(row(gid))).isEqualTo(ParkReason.RESTORED);
        }
        assertThat(Objects.requireNonNull(row("parked").parked()).detail())
                .isEqualTo("the server was started with --park-all; parked before as UNDO_EXHAUSTED: stock is gone");
        assertThat(row("held").rev()).isGreaterThan(0);
        assertThat(await(store.write(Rows.flush("held", 0, "zombie")))).isEqualTo(new WriteResult.Lost());
        assertThat(failover.found(2)).isEqualTo(new Failover.Found(3, List.of("begun", "held")));

        assertThat(failover.release(RECOVERED, LEASE)).isEqualTo(3);
        assertThat(row("held").parked()).isNull();
        assertThat(row("held").dueAt()).isNotNull();
        assertThat(reason(row("parked"))).isEqualTo(ParkReason.UNDO_EXHAUSTED);
        assertThat(failover.found(10).count()).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "execute on function pg_current_wal_lsn()",
                "execute on function pg_control_system()",
                "execute on function pg_walfile_name(pg_lsn)",
                "select on cluster"
            })
    void a_missing_privilege_is_reported_with_the_grant_statement(String privilege) {
        String role = "\"limited " + database.settings().jdbcUrl().hashCode() + privilege.length() + "\"";
        TestDatabase.execute(
                database,
                "create role " + role + " login password 'secret'",
                "grant select, insert, update on all tables in schema public to " + role,
                "revoke " + privilege + " from public, " + role);
        DatabaseSettings own = database.settings();
        DatabaseSettings limited = new DatabaseSettings(
                own.jdbcUrl().replaceFirst("[?].*", ""),
                role.replace("\"", ""),
                () -> "secret",
                2,
                false,
                own.timeout());
        try (Database refused = Database.of(limited)) {
            Failover failover = new Failover(refused);
            Matcher object = Pattern.compile("(pg_\\w+|cluster)\\b").matcher(privilege);
            assertThat(object.find()).isTrue();
            assertThatThrownBy(failover::settle)
                    .isInstanceOf(StartupFailure.class)
                    .hasMessageContainingAll("ENT-072", "permission denied", object.group(1), "grant that privilege")
                    .hasMessageNotContainingAny("cannot be reached", "password")
                    .satisfies(failure -> {
                        String message = String.valueOf(failure.getMessage());
                        TestDatabase.execute(database, message.substring(message.indexOf("grant execute")));
                    });
            TestDatabase.execute(database, "grant " + privilege + " to " + role);
            assertThat(failover.settle()).isEqualTo(cluster);
        } finally {
            TestDatabase.execute(database, "drop owned by " + role, "drop role " + role);
        }
    }

    @Test
    void a_failover_with_synchronous_replication_parks_no_transaction() {
        await(store.accept(Rows.running("held")));
        TestDatabase.execute(database, "update cluster set timeline = timeline - 1");
        DatabaseSettings given = database.settings();
        DatabaseSettings synchronous =
                new DatabaseSettings(given.jdbcUrl(), given.user(), given.secret(), 2, true, Duration.ofSeconds(2));
        try (Database same = Database.of(synchronous)) {
            new Failover(same).settle();
        }
        assertThat(lines.reported())
                .singleElement()
                .asString()
                .contains("0 open transactions are parked", "no commit is lost")
                .doesNotContain("entente recover");
        assertThat(row("held").parked()).isNull();
        assertThat(row("held").owner()).isEqualTo(incarnation.incarnation());
    }

    @Test
    void a_failover_ends_earlier_incarnations() {
        ClusterIdentity before = new ClusterIdentity(cluster.systemIdentifier(), cluster.timeline() - 1);
        CompletableFuture<Boolean> ended = new CompletableFuture<>();
        try (Incarnations old = Incarnations.register(database, before, "n2", "localhost:2", "test", Runnable::run)) {
            PostgresTransactionStore stale = PostgresTransactionStore.open(
                    database, before, old, Runnable::run, Metrics.none(), () -> ended.complete(true));
            await(store.accept(Rows.begun("due", Duration.ZERO)));
            assertThat(await(old.renew()).isAlive()).isFalse();
            assertThat(await(stale.claimDue(Bucket.of("due"), 10, Long.MAX_VALUE)))
                    .isEmpty();
            assertThat(stale.accept(Rows.running("g")))
                    .failsWithin(PatientAwaits.BOUND)
                    .withThrowableOfType(ExecutionException.class);
            assertThat(await(ended)).isTrue();
            stale.close();
        }
    }

    @Test
    void settling_fails_with_a_message_while_the_table_is_locked_and_works_later() throws SQLException {
        DatabaseSettings given = database.settings();
        try (Connection other = DriverManager.getConnection(given.jdbcUrl(), given.user(), given.password());
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("select 1 from cluster for update");
            assertThatThrownBy(() -> new Failover(database, 1).settle())
                    .isInstanceOf(StartupFailure.class)
                    .hasMessageContaining("locked for 1 s");
            other.rollback();
        }
        assertThat(new Failover(database, 1).settle()).isEqualTo(cluster);
    }

    @Test
    void counting_and_releasing_rows_may_exceed_the_socket_timeout() throws SQLException {
        await(store.accept(Rows.running("held")));
        TestDatabase.execute(database, "update cluster set timeline = timeline - 1");
        failover.settle();
        try (Database hurried = Database.of(TestDatabase.hurried(database.settings()))) {
            Failover slow = new Failover(hurried);
            assertThat(afterLock("lock table open_transaction", () -> slow.found(1)))
                    .isEqualTo(new Failover.Found(1, List.of("held")));
            assertThat(afterLock("select 1 from open_transaction for update", () -> slow.release(RECOVERED, LEASE)))
                    .isEqualTo(1);
        }
        assertThat(row("held").parked()).isNull();
        assertThat(TestDatabase.number(database, "select count(*) from audit_entry where operation = 'recover'"))
                .isEqualTo(1);
    }

    private <T> T afterLock(String lock, Supplier<T> work) throws SQLException {
        DatabaseSettings given = database.settings();
        try (Connection other = DriverManager.getConnection(given.jdbcUrl(), given.user(), given.password());
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute(lock);
            CompletableFuture<T> done = CompletableFuture.supplyAsync(work);
            Awaitility.await().until(() -> done.isDone() || TestDatabase.isWaitedFor(database));
            assertThat(done).isNotDone();
            other.rollback();
            return await(done);
        }
    }

    private static ParkReason reason(OpenRow row) {
        return Objects.requireNonNull(row.parked()).reason();
    }
}
