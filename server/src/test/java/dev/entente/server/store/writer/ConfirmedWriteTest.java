package dev.entente.server.store.writer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.backends.PatientAwaits;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.Confirmation;
import dev.entente.server.store.Database;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.Rows;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.transaction.ParkReason;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The write of an act that two persons have agreed on: it holds only with its request, and the request with it. */
class ConfirmedWriteTest {

    private final Database database = TestDatabase.migrated();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    @BeforeEach
    void register() {
        TestDatabase.execute(
                database, "insert into coordinator (incarnation, node, address, version) values (1, 'n', 'a', 'v')");
    }

    @AfterEach
    void close() {
        threads.shutdownNow();
        database.close();
    }

    private static Confirmation by(long request) {
        return new Confirmation(request, "bob", "seen", "10.0.0.1");
    }

    private void ask(String gid, String until) {
        TestDatabase.execute(
                database,
                "insert into act_request (act, gid, seen, arguments, actor, reason, until_at) values ('force-finish', '"
                        + gid + "', '1', '', 'alice', 'lost', now() + interval '" + until + "')");
    }

    private static Pending.Write confirmed(RowWrite write) {
        return confirmed(write, 1);
    }

    private static Pending.Write confirmed(RowWrite write, long request) {
        AuditRecord act = new AuditRecord("alice", "force-finish", write.gid(), "lost", "RUNNING", "ABORTED")
                .confirmedBy(by(request));
        return new Pending.Write(new RowWrite(write.gid(), write.takes(), write.rev(), write.change(), act));
    }

    private long requests() {
        return TestDatabase.number(database, "select count(*) from act_request");
    }

    private long entries(String act) {
        return TestDatabase.number(database, "select count(*) from audit_entry where act = '" + act + "'");
    }

    @Test
    void an_open_request_is_closed_by_the_write_of_its_act_whatever_that_writes() throws SQLException {
        try (WriterConnection writer = WriterConnection.open(database, 1)) {
            List<RowWrite> writes = List.of(
                    Rows.flush("flushed", 0, "p"),
                    Rows.park("parked", 0, ParkReason.BY_OPERATOR, "wait"),
                    Rows.finish("finished", 0));
            for (int i = 0; i < writes.size(); i++) {
                String gid = writes.get(i).gid();
                writer.commit(Batch.of(List.of(new Pending.Accept(Rows.running(gid)))));
                ask(gid, "1 hour");
                Pending.Write write = confirmed(writes.get(i), i + 1);
                writer.commit(Batch.of(List.of(write)));
                assertThat(write.isApplied()).as(gid).isTrue();
                assertThat(requests()).as(gid).isZero();
            }
        }
        assertThat(entries("force-finish")).isEqualTo(3);
        assertThat(TestDatabase.number(
                        database,
                        "select count(*) from audit_entry where act = 'confirm' and actor = 'bob'"
                                + " and reason like 'request % of alice: seen' and peer = '10.0.0.1'"))
                .isEqualTo(3);
    }

    @Test
    void a_request_that_is_withdrawn_or_expired_leaves_row_and_audit_as_they_were() throws SQLException {
        try (WriterConnection writer = WriterConnection.open(database, 1)) {
            writer.commit(Batch.of(List.of(new Pending.Accept(Rows.running("g")))));
            ask("g", "-1 second");
            Pending.Write expired = confirmed(Rows.finish("g", 0));
            writer.commit(Batch.of(List.of(expired)));
            assertThat(expired.isApplied()).isFalse();
            TestDatabase.execute(database, "delete from act_request");
            Pending.Write withdrawn = confirmed(Rows.finish("g", 0));
            writer.commit(Batch.of(List.of(withdrawn)));
            assertThat(withdrawn.isApplied()).isFalse();
        }
        assertThat(TestDatabase.number(database, "select count(*) from open_transaction where rev = 0"))
                .isEqualTo(1);
        assertThat(entries("force-finish") + entries("confirm")).isZero();
    }

    @Test
    void a_write_that_came_too_late_leaves_its_request_open() throws SQLException {
        try (WriterConnection writer = WriterConnection.open(database, 1)) {
            writer.commit(Batch.of(List.of(new Pending.Accept(Rows.running("g")))));
            ask("g", "1 hour");
            Pending.Write late = confirmed(Rows.finish("g", 7));
            writer.commit(Batch.of(List.of(late)));
            assertThat(late.isApplied()).isFalse();
        }
        assertThat(requests()).isEqualTo(1);
        assertThat(entries("force-finish") + entries("confirm")).isZero();
    }

    @Test
    void one_write_of_a_batch_closes_its_own_request_alone() throws SQLException {
        try (WriterConnection writer = WriterConnection.open(database, 1)) {
            List<Pending> accepts = new ArrayList<>();
            for (String gid : List.of("a", "b", "c")) {
                accepts.add(new Pending.Accept(Rows.running(gid)));
                ask(gid, "1 hour");
            }
            writer.commit(Batch.of(accepts));
            Pending.Write done = confirmed(Rows.finish("a", 0), 1);
            Pending.Write late = confirmed(Rows.finish("b", 3), 2);
            Pending.Write plain = new Pending.Write(Rows.flush("c", 0, "p"));
            writer.commit(Batch.of(List.of(done, late, plain)));
            assertThat(List.of(done.isApplied(), late.isApplied(), plain.isApplied()))
                    .containsExactly(true, false, true);
        }
        assertThat(TestDatabase.number(database, "select count(*) from act_request where gid in ('b', 'c')"))
                .isEqualTo(requests())
                .isEqualTo(2);
    }

    @Test
    void whoever_withdraws_while_the_act_is_written_waits_and_finds_it_done() throws Exception {
        try (WriterConnection writer = WriterConnection.open(database, 1);
                Connection other = database.connect("test", 0);
                Statement session = other.createStatement()) {
            writer.commit(Batch.of(List.of(new Pending.Accept(Rows.running("g")))));
            ask("g", "1 hour");
            // The write has the lock of the request, and waits for the table that this session holds.
            other.setAutoCommit(false);
            session.execute("lock table audit_entry in exclusive mode");
            Pending.Write write = confirmed(Rows.finish("g", 0));
            CompletableFuture<Void> written = CompletableFuture.runAsync(() -> commit(writer, write), threads);
            awaitWaiting(1);
            CompletableFuture<Long> withdrawn = CompletableFuture.supplyAsync(
                    () -> TestDatabase.number(
                            database, "with gone as (delete from act_request returning id) select count(*) from gone"),
                    threads);
            awaitWaiting(2);
            other.rollback();
            written.get(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS);
            assertThat(write.isApplied()).isTrue();
            assertThat(withdrawn.get(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS))
                    .isZero();
        }
        assertThat(entries("force-finish")).isEqualTo(1);
    }

    @Test
    void a_session_that_is_killed_between_write_and_commit_leaves_the_request_open() throws Exception {
        try (WriterConnection writer = WriterConnection.open(database, 1);
                Connection other = database.connect("test", 0);
                Statement session = other.createStatement()) {
            writer.commit(Batch.of(List.of(new Pending.Accept(Rows.running("g")))));
            ask("g", "1 hour");
            other.setAutoCommit(false);
            session.execute("lock table audit_entry in exclusive mode");
            Pending.Write write = confirmed(Rows.finish("g", 0));
            CompletableFuture<Void> written = CompletableFuture.runAsync(() -> commit(writer, write), threads);
            awaitWaiting(1);
            TestDatabase.execute(
                    database,
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                            + " and wait_event_type = 'Lock'");
            assertThatThrownBy(() -> written.get(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS))
                    .hasRootCauseInstanceOf(Exception.class);
            other.rollback();
        }
        assertThat(requests()).isEqualTo(1);
        assertThat(TestDatabase.number(database, "select count(*) from open_transaction where rev = 0"))
                .isEqualTo(1);
        assertThat(entries("force-finish") + entries("confirm")).isZero();
    }

    private static void commit(WriterConnection writer, Pending write) {
        try {
            writer.commit(Batch.of(List.of(write)));
        } catch (SQLException failed) {
            throw new CompletionException(failed);
        }
    }

    private void awaitWaiting(int sessions) {
        Awaitility.await()
                .until(() -> TestDatabase.number(
                                database,
                                "select count(*) from pg_stat_activity where datname = current_database()"
                                        + " and wait_event_type = 'Lock'")
                        >= sessions);
    }
}
