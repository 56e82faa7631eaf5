package dev.entente.server.store.writer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.backends.PatientAwaits;
import dev.entente.core.transaction.Pattern;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.AcceptResult;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.ClusterIdentity;
import dev.entente.server.store.Database;
import dev.entente.server.store.NewTransaction;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.Rows;
import dev.entente.server.store.StoreFailure;
import dev.entente.server.store.StoreUnavailable;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.admin.Failover;
import dev.entente.server.telemetry.Metrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GroupCommitWriterTest {
    private static Database database;
    private Incarnations incarnation;
    private PostgresTransactionStore store;

    @BeforeAll
    static void startDatabase() {
        database = TestDatabase.migrated();
    }

    @AfterAll
    static void stopDatabase() {
        database.close();
    }

    @BeforeEach
    void open() {
        ClusterIdentity cluster = new Failover(database).settle();
        incarnation = Incarnations.register(database, cluster, "n1", "localhost:1", "test", Runnable::run);
        store = PostgresTransactionStore.open(
                database, cluster, incarnation.incarnation(), Runnable::run, Metrics.none(), () -> {});
    }

    @AfterEach
    void close() {
        store.close();
        incarnation.close();
    }

    private static <T> T await(CompletableFuture<T> future) {
        return future.orTimeout(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    @Test
    void a_batch_of_all_kinds_is_one_transaction_and_one_round_trip() throws Exception {
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
                // All rows of one database transaction carry its number.
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
    void what_waits_is_written_together() {
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
                ByteString.EMPTY);
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
    void what_was_committed_is_told_though_no_thread_can_be_had_to_tell_it() {
        PostgresTransactionStore hindered = PostgresTransactionStore.open(
                database,
                new Failover(database).settle(),
                incarnation.incarnation(),
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
    void a_writer_whose_thread_ends_ends_its_incarnation_and_leaves_nobody_waiting() {
        CountDownLatch ended = new CountDownLatch(1);
        Set<Thread> before = Thread.getAllStackTraces().keySet();
        PostgresTransactionStore dying = PostgresTransactionStore.open(
                database,
                new Failover(database).settle(),
                incarnation.incarnation(),
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
