package dev.entente.server.store.writer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.backends.PatientAwaits;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.AcceptResult;
import dev.entente.server.store.AuditRecord;
import dev.entente.server.store.ClusterIdentity;
import dev.entente.server.store.CuttingProxy;
import dev.entente.server.store.Database;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.Rows;
import dev.entente.server.store.StoreUnavailable;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.TransactionStore;
import dev.entente.server.store.WriteResult;
import dev.entente.server.store.admin.Failover;
import dev.entente.server.telemetry.Metrics;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The writer's connection breaks while batches are in flight. Each request must receive a result, and the result must
 * match the tables.
 */
class InDoubtTest {
    /** Longer than a test: no request is refused. */
    private static final Duration TWO_MINUTES = Duration.ofMinutes(2);

    private final Metrics metrics = Metrics.prometheus();
    private final ExecutorService results = Executors.newFixedThreadPool(2);
    private Database direct;
    private ClusterIdentity cluster;
    private Incarnations incarnation;

    @BeforeEach
    void open() {
        direct = TestDatabase.migrated();
        cluster = new Failover(direct).settle();
        incarnation = Incarnations.register(direct, cluster, "n1", "localhost:1", "test", results);
    }

    @AfterEach
    void close() {
        incarnation.close();
        direct.close();
        results.shutdown();
    }

    private PostgresTransactionStore store(Database database) {
        return PostgresTransactionStore.open(database, cluster, incarnation, results, metrics, () -> {});
    }

    private double counted(String metric) {
        return metrics.exposition()
                .lines()
                .filter(line -> line.startsWith(metric + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(metric.length() + 1)))
                .sum();
    }

    /** Returns the database through the proxy, with a short timeout. */
    private Database through(CuttingProxy proxy) {
        return through(proxy, Duration.ofMillis(300));
    }

    private Database through(CuttingProxy proxy, Duration timeout) {
        return Database.of(TestDatabase.through(
                proxy.port(), direct.settings(), "sslmode=disable&gssEncMode=disable", 2, timeout));
    }

    private static int portOf(Database database) {
        return TestDatabase.port(database.settings());
    }

    /**
     * Accepts, flushes and finishes one transaction; begins, registers, decides and rests another one. Each result must
     * be a success, because no other client changes these rows.
     */
    private static CompletableFuture<Void> startPair(TransactionStore store, int number) {
        String saga = "saga-" + number;
        String begun = "begun-" + number;
        CompletableFuture<Void> sagaEnds = store.accept(Rows.running(saga))
                .thenAccept(answer -> assertThat(answer).isEqualTo(new AcceptResult.Accepted()))
                .thenCompose(_ -> store.write(Rows.flush(saga, 0, "flushed")))
                .thenAccept(answer -> assertThat(answer).isEqualTo(new WriteResult.Written(1)))
                .thenCompose(_ -> store.write(Rows.finish(saga, 1)))
                .thenAccept(answer -> assertThat(answer).isEqualTo(new WriteResult.Written(2)));
        CompletableFuture<Void> begunSleeps = store.accept(Rows.begun(begun, Duration.ofHours(1)))
                .thenAccept(answer -> assertThat(answer).isEqualTo(new AcceptResult.Accepted()))
                .thenCompose(_ -> store.register(begun, ByteString.copyFromUtf8("+branch"), 1000))
                .thenAccept(plan -> assertThat(plan).isEqualTo(ByteString.copyFromUtf8("+branch")))
                .thenCompose(_ -> store.write(decide(begun)))
                .thenAccept(answer -> assertThat(answer).isEqualTo(new WriteResult.Written(2)))
                .thenCompose(_ -> store.write(Rows.sleep(begun, 2, "stock")))
                .thenAccept(answer -> assertThat(answer).isEqualTo(new WriteResult.Written(3)));
        return CompletableFuture.allOf(sagaEnds, begunSleeps);
    }

    private static RowWrite decide(String gid) {
        RowWrite.Flush decision = new RowWrite.Flush(
                TransactionState.COMPLETING, ByteString.copyFromUtf8("decided " + gid), null, true, null);
        return new RowWrite(gid, true, 1, decision, new AuditRecord("alice", "commit", gid, "", "BEGUN", "COMPLETING"));
    }

    private void assertAllEnded(int pairs) {
        assertThat(TestDatabase.number(direct, "select count(*) from finished_transaction where state = 6"))
                .isEqualTo(pairs);
        assertThat(TestDatabase.number(
                        direct,
                        "select count(*) from open_transaction where rev = 3 and owner is null and due_at >"
                                + " now() and adoptions = 0"))
                .isEqualTo(pairs);
        assertThat(TestDatabase.number(direct, "select count(*) from open_transaction"))
                .isEqualTo(pairs);
        assertThat(TestDatabase.number(direct, "select count(*) from audit_entry"))
                .isEqualTo(pairs);
    }

    @Test
    void a_connection_cut_around_commits_changes_no_result() throws IOException {
        Random random = new Random(7);
        CuttingProxy.Chance oneInFive = sync -> switch (sync > 3 ? random.nextInt(10) : 9) {
            case 0 -> CuttingProxy.Cut.BEFORE_COMMIT;
            case 1 -> CuttingProxy.Cut.AFTER_COMMIT;
            default -> CuttingProxy.Cut.NONE;
        };
        try (CuttingProxy proxy = new CuttingProxy(portOf(direct), oneInFive);
                Database database = through(proxy, TWO_MINUTES)) {
            PostgresTransactionStore store = store(database);
            for (int round = 0; round < 20; round++) {
                List<CompletableFuture<Void>> pairs = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    pairs.add(startPair(store, round * 20 + i));
                }
                CompletableFuture.allOf(pairs.toArray(CompletableFuture[]::new))
                        .orTimeout(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS)
                        .join();
            }
            assertAllEnded(400);
            assertThat(proxy.cuts()).isGreaterThan(5);
            assertThat(counted("entente_store_in_doubt_total")).isPositive();
            assertThat(counted("entente_store_batch_duration_seconds_count")).isGreaterThan(20);
            assertThat(counted("entente_store_batch_operations_sum")).isGreaterThan(400);
            store.close();
        }
    }

    @Test
    void a_backend_terminated_under_load_changes_no_result() {
        DatabaseSettings given = direct.settings();
        Database patient = Database.of(TestDatabase.changed(given, given.jdbcUrl(), 2, TWO_MINUTES));
        PostgresTransactionStore store = store(patient);
        List<CompletableFuture<Void>> pairs = new ArrayList<>();
        int ended = 0;
        for (int round = 0; round < 15; round++) {
            for (int i = 0; i < 40; i++) {
                pairs.add(startPair(store, round * 40 + i));
            }
            ended += (int) TestDatabase.number(direct, """
                select count(pg_terminate_backend(pid)) from pg_stat_activity
                where application_name like 'entente writer %' and datname = current_database()\
                """);
        }
        CompletableFuture.allOf(pairs.toArray(CompletableFuture[]::new))
                .orTimeout(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS)
                .join();
        assertAllEnded(600);
        assertThat(ended).isPositive();
        store.close();
        patient.close();
    }

    @Test
    void without_the_database_requests_are_refused_and_writes_of_owners_wait() throws IOException {
        try (CuttingProxy proxy = new CuttingProxy(portOf(direct), _ -> CuttingProxy.Cut.NONE);
                Database database = through(proxy)) {
            PostgresTransactionStore store = store(database);
            store.accept(Rows.running("held")).join();
            proxy.disconnect();
            CompletableFuture<WriteResult> owners = store.write(Rows.flush("held", 0, "p"));
            // The write was taken and is in doubt from now on; later requests are certainly not sent.
            Awaitility.await().until(() -> store.waiting() == 0);
            for (int i = 0; i < 3; i++) {
                assertThat(store.accept(Rows.running("refused" + i)))
                        .failsWithin(PatientAwaits.BOUND)
                        .withThrowableThat()
                        .withCauseInstanceOf(StoreUnavailable.class);
            }
            assertThat(owners).isNotDone();
            proxy.restore();
            assertThat(owners.orTimeout(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS)
                            .join())
                    .isEqualTo(new WriteResult.Written(1));
            assertThat(TestDatabase.number(direct, "select count(*) from open_transaction"))
                    .isEqualTo(1);
            store.close();
        }
    }

    @Test
    void closing_without_the_database_fails_all_pending_writes() throws IOException {
        try (CuttingProxy proxy = new CuttingProxy(portOf(direct), _ -> CuttingProxy.Cut.NONE);
                Database database = through(proxy)) {
            PostgresTransactionStore store = store(database);
            store.accept(Rows.running("held")).join();
            proxy.disconnect();
            CompletableFuture<WriteResult> owners = store.write(Rows.flush("held", 0, "p"));
            store.close();
            assertThat(owners).failsWithin(PatientAwaits.BOUND).withThrowableOfType(ExecutionException.class);
            assertThat(store.write(Rows.flush("held", 0, "p")))
                    .failsWithin(PatientAwaits.BOUND)
                    .withThrowableOfType(ExecutionException.class);
        }
    }

    @Test
    void a_batch_is_one_round_trip() throws Exception {
        try (CuttingProxy proxy = new CuttingProxy(portOf(direct), _ -> CuttingProxy.Cut.NONE);
                Database database = through(proxy);
                WriterConnection writer = WriterConnection.open(database, incarnation.incarnation())) {
            int before = proxy.syncs();
            for (int round = 0; round < 5; round++) {
                List<Pending> batch = new ArrayList<>();
                for (int i = 0; i < 200; i++) {
                    batch.add(new Pending.Accept(Rows.running(round + "-" + i)));
                    if (round > 0) {
                        batch.add(new Pending.Write(Rows.finish((round - 1) + "-" + i, 0)));
                    }
                }
                writer.commit(Batch.of(batch));
                assertThat(batch).allMatch(Pending::isApplied);
                assertThat(proxy.syncs() - before).isEqualTo(round + 1);
            }
        }
    }
}
