package dev.entente.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import dev.entente.server.store.admin.AuditLog;
import dev.entente.server.store.admin.Failover;
import dev.entente.server.store.admin.Queries;
import dev.entente.server.store.writer.Incarnations;
import dev.entente.server.store.writer.PostgresTransactionStore;
import dev.entente.server.telemetry.Metrics;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class QuestionLimitTest {
    private Database database;
    private Incarnations incarnation;
    private PostgresTransactionStore store;
    private AuditLog log;
    private Queries queries;

    @BeforeEach
    void openWithTwoConnections() {
        DatabaseSettings given = TestDatabase.withSchema();
        database = Database.of(
                new DatabaseSettings(given.jdbcUrl(), given.user(), given.password(), 2, false, given.patience()));
        ClusterIdentity cluster = new Failover(database).settle();
        incarnation = Incarnations.register(database, cluster, "n1", "localhost:1", "test", Runnable::run);
        store = PostgresTransactionStore.open(
                database, cluster, incarnation.incarnation(), Runnable::run, Metrics.none(), () -> {});
        QuestionLimit limit = QuestionLimit.of(64, TestDatabase.impatient(database.settings()));
        log = new AuditLog(database, limit, Runnable::run);
        queries = new Queries(database, limit, Runnable::run);
    }

    @AfterEach
    void close() {
        queries.close();
        log.close();
        store.close();
        incarnation.close();
        database.close();
    }

    private static <T> T await(CompletableFuture<T> future) {
        return future.orTimeout(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    @Test
    void slow_questions_leave_the_pool_to_claims_and_one_more_is_refused() throws SQLException {
        await(store.accept(Rows.begun("due", Duration.ZERO)));
        try (Connection other = database.connect("test", 0);
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("lock table audit_entry");
            List<CompletableFuture<List<AuditLog.Entry>>> slow = Stream.generate(() -> log.list("", Long.MAX_VALUE, 10))
                    .limit(8)
                    .toList();
            Awaitility.await().until(() -> TestDatabase.number(database, """
                select count(*) from pg_stat_activity
                where datname = current_database() and wait_event_type = 'Lock'\
                """) > 0);

            assertThat(await(store.claimDue(Bucket.of("due"), 10, 16 << 20)))
                    .extracting(OpenRow::gid)
                    .containsExactly("due");
            assertThat(queries.count(TransactionFilter.ALL))
                    .failsWithin(PatientAwaits.BOUND)
                    .withThrowableThat()
                    .havingCause()
                    .isInstanceOf(StoreOverloaded.class)
                    .withMessageContaining("1 lists and counts are under way");
            assertThat(await(queries.nodes(List.of(incarnation.incarnation())))).hasSize(1);

            other.rollback();
            assertThat(slow)
                    .anySatisfy(one ->
                            assertThat(one).succeedsWithin(PatientAwaits.BOUND).isEqualTo(List.of()));
        }
        assertThat(await(queries.count(TransactionFilter.ALL)).open()).isOne();
    }

    @Test
    void reads_of_many_rows_leave_the_pool_to_claims() throws SQLException {
        await(store.accept(Rows.begun("due", Duration.ZERO)));
        try (Connection other = database.connect("test", 0);
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("lock table finished_transaction");
            List<CompletableFuture<@Nullable StoredTransaction>> slow =
                    Stream.generate(() -> store.read("nobody")).limit(8).toList();
            Awaitility.await().until(() -> TestDatabase.number(database, """
                select count(*) from pg_stat_activity
                where datname = current_database() and wait_event_type = 'Lock'\
                """) > 0);

            assertThat(await(store.claimDue(Bucket.of("due"), 10, 16 << 20)))
                    .extracting(OpenRow::gid)
                    .containsExactly("due");

            other.rollback();
            assertThat(slow)
                    .anySatisfy(one ->
                            assertThat(one).succeedsWithin(PatientAwaits.BOUND).isNull());
        }
    }
}
