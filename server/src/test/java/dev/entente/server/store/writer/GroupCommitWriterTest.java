package dev.entente.server.store.writer;

import static dev.entente.server.store.OpenStore.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.backends.PatientAwaits;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.AcceptResult;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.Database;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.OpenStore;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.Rows;
import dev.entente.server.store.StoreFailure;
import dev.entente.server.store.StoreUnavailable;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.admin.Failover;
import dev.entente.server.telemetry.Metrics;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GroupCommitWriterTest {
    private final OpenStore open = new OpenStore();
    private final Database database = open.database;
    private final PostgresTransactionStore store = open.store;

    @AfterEach
    void close() {
        open.close();
    }

    @Test
    void a_batch_of_all_operation_kinds_is_one_database_transaction() throws Exception {
        try (WriterConnection connection = WriterConnection.open(database, store.incarnation())) {
            for (int round = 0; round < 3; round++) {
                String r = "r" + round + "-";
                connection.commit(Batch.of(List.of(
                        accept(Rows.running(r + "a")),
                        accept(Rows.running(r + "b")),
                        accept(Rows.running(r + "c")),
                        accept(Rows.begun(r + "d", Duration.ofHours(1))))));
                List<Pending> all = List.of(
                        accept(Rows.labelled(r + "e", Map.of("customer", "42"))),
                        new Pending.Write(Rows.flush(r + "a", 0, "p")),
                        new Pending.Write(withAudit(Rows.finish(r + "b", 0))),
                        new Pending.Write(Rows.sleep(r + "c", 0, "stock")),
                        new Pending.Register(r + "d", ByteString.copyFromUtf8("branch"), 1000));
                connection.commit(Batch.of(all));
                assertThat(all).allMatch(Pending::isApplied);
                // All rows of one database transaction have an equal xmin.
                assertThat(TestDatabase.number(
                                database,
                                "select count(distinct xmin::text) from (select xmin, gid from open_transaction union"
                                    + " all select xmin, gid from finished_transaction union all select xmin, gid from"
                                    + " audit_entry union all select xmin, gid from transaction_label) x where gid"
                                    + " like '" + r + "%'"))
                        .isEqualTo(1);
            }
        }
    }

    /** The server keeps the text and the plan of each prepared statement. */
    @Test
    void prepared_statements_of_unused_operation_kinds_are_evicted() throws SQLException {
        int most = 3;
        try (WriterConnection writer = WriterConnection.open(database, store.incarnation(), most)) {
            for (int kinds = 0; kinds < 16; kinds++) {
                String name = "kinds-" + kinds;
                List<Pending> all = new ArrayList<>();
                all.add(accept(Rows.labelled(name, kinds % 2 == 0 ? Map.of() : Map.of("k", "v"))));
                all.add(new Pending.Write(Rows.flush(name + "-1", 0, "p")));
                if ((kinds & 2) != 0) {
                    all.add(new Pending.Write(Rows.sleep(name + "-2", 0, null)));
                }
                if ((kinds & 4) != 0) {
                    all.add(new Pending.Write(Rows.finish(name + "-3", 0)));
                }
                if ((kinds & 8) != 0) {
                    all.add(new Pending.Register(name + "-4", ByteString.EMPTY, 1));
                }
                writer.commit(Batch.of(all));
                assertThat(prepared(writer))
                        .isLessThanOrEqualTo((most + 1L) * writer.statements().size());
            }
        }
    }

    private static long prepared(WriterConnection writer) throws SQLException {
        try (Statement statement = writer.jdbc().createStatement();
                ResultSet row = statement.executeQuery(
                        "select count(*) from pg_prepared_statements where statement like '/*%'")) {
            row.next();
            return row.getLong(1);
        }
    }

    private static Pending accept(NewTransaction transaction) {
        return new Pending.Accept(transaction);
    }

    private static RowWrite withAudit(RowWrite write) {
        return new RowWrite(
                write.gid(),
                write.takes(),
                write.rev(),
                write.change(),
                new AuditRecord("alice", "retry", write.gid(), "why", "a", "b"));
    }

    @Test
    void waiting_operations_are_written_together() {
        List<CompletableFuture<AcceptResult>> answers = new ArrayList<>();
        for (int i = 0; i < 2000; i++) {
            answers.add(store.accept(Rows.running("together-" + i)));
        }
        for (CompletableFuture<AcceptResult> answer : answers) {
            assertThat(await(answer)).isEqualTo(new AcceptResult.Accepted());
        }
        assertThat(store.commits()).isLessThan(1000);
    }

    @Test
    void a_bad_row_fails_alone() {
        NewTransaction bad = new NewTransaction(
                "bad",
                Pattern.SAGA,
                TransactionState.RUNNING,
                "nul \0",
                Map.of(),
                null,
                null,
                1,
                Rows.digest("bad"),
                ByteString.EMPTY,
                List.of(),
                List.of(),
                null);
        List<CompletableFuture<AcceptResult>> good = new ArrayList<>();
        CompletableFuture<AcceptResult> failing = null;
        for (int i = 0; i < 100; i++) {
            good.add(store.accept(Rows.running("good-" + i)));
            if (i == 50) {
                failing = store.accept(bad);
            }
        }
        for (CompletableFuture<AcceptResult> answer : good) {
            assertThat(await(answer)).isEqualTo(new AcceptResult.Accepted());
        }
        assertThat(failing)
                .failsWithin(PatientAwaits.BOUND)
                .withThrowableThat()
                .withCauseInstanceOf(StoreFailure.class);
    }

    @Test
    void results_are_delivered_although_no_thread_can_be_created() {
        PostgresTransactionStore hindered = PostgresTransactionStore.open(
                database,
                new Failover(database).settle(),
                open.incarnation,
                _ -> {
                    throw new OutOfMemoryError("unable to create a thread, on purpose");
                },
                Metrics.none(),
                () -> {});
        List<CompletableFuture<AcceptResult>> answers = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            answers.add(hindered.accept(Rows.running("hindered-" + i)));
        }
        for (CompletableFuture<AcceptResult> answer : answers) {
            assertThat(await(answer)).isEqualTo(new AcceptResult.Accepted());
        }
        hindered.close();
    }

    @Test
    void a_writer_thread_that_ends_fails_its_requests_and_ends_the_incarnation() {
        CountDownLatch ended = new CountDownLatch(1);
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        PostgresTransactionStore dying = PostgresTransactionStore.open(
                database,
                new Failover(database).settle(),
                open.incarnation,
                Runnable::run,
                Metrics.none(),
                ended::countDown);
        Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("entente-writer") && !before.contains(thread))
                .forEach(Thread::interrupt);

        assertThat(dying.accept(Rows.running("dying")))
                .failsWithin(PatientAwaits.BOUND)
                .withThrowableThat()
                .withCauseInstanceOf(StoreUnavailable.class);
        Awaitility.await().until(() -> ended.getCount() == 0);
        dying.close();
    }
}
