package dev.entente.server.store;

import static dev.entente.server.store.OpenStore.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ch.qos.logback.classic.Level;
import dev.entente.backends.PatientAwaits;
import dev.entente.server.store.admin.AuditLog;
import dev.entente.server.store.admin.Failover;
import dev.entente.server.store.admin.Queries;
import dev.entente.server.telemetry.LogLines;
import dev.entente.server.telemetry.Metrics;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Verifies that each query receives a result: a caller that repeats a query waits for the previous result. */
class QueryExecutorTest {
    @RegisterExtension
    private final LogLines lines = new LogLines(QueryExecutor.class);

    private final OpenStore open = new OpenStore(withTwoConnections(), Metrics.none());
    private final Database database = open.database;
    private int secondsLeft = Integer.MAX_VALUE;
    private final QueryExecutor people =
            QueryExecutor.forUserQueries(Runnable::run, TestDatabase.impatient(database.settings()), () -> secondsLeft);
    private final QueryExecutor names = new QueryExecutor(Runnable::run);
    private final Queries queries = new Queries(database, people, names, names);

    private static Database withTwoConnections() {
        DatabaseSettings given = TestDatabase.withSchema();
        return Database.of(TestDatabase.changed(given, given.jdbcUrl(), 2, given.timeout()));
    }

    @AfterEach
    void close() {
        people.close();
        names.close();
        open.close();
    }

    @Test
    void an_error_completes_the_query() {
        assertThat(names.ask(() -> {
                    throw new OutOfMemoryError("on purpose");
                }))
                .failsWithin(PatientAwaits.BOUND)
                .withThrowableThat()
                .havingCause()
                .isInstanceOf(StoreFailure.class)
                .withMessageContaining("on purpose");
    }

    @Test
    void a_query_fails_if_the_executor_rejects_its_result() {
        try (QueryExecutor executor = new QueryExecutor(_ -> {
            throw new RejectedExecutionException("shut down, on purpose");
        })) {
            assertFails(executor.ask(() -> 42), StoreFailure.class);
        }
    }

    private void awaitLock() {
        Awaitility.await().until(() -> TestDatabase.number(database, """
            select count(*) from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'\
            """) > 0);
    }

    private void assertClaimed() {
        assertThat(await(open.store.claimDue(Bucket.of("due"), 10, 16 << 20)))
                .extracting(OpenRow::gid)
                .containsExactly("due");
    }

    @Test
    void slow_queries_leave_connections_for_claims_and_another_query_is_refused() throws SQLException {
        await(open.store.accept(Rows.begun("due", Duration.ZERO)));
        AuditLog log = new AuditLog(database, people);
        try (Connection other = database.connect("test", 0);
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("lock table audit_entry");
            List<CompletableFuture<List<AuditLog.Entry>>> slow = Stream.generate(
                            () -> log.list(AuditLog.Filter.ALL, true, true, "", false, Long.MAX_VALUE, 10))
                    .limit(8)
                    .toList();
            awaitLock();

            assertClaimed();
            assertThat(queries.count(TransactionFilter.ALL, Queries.MAX_COUNTED, 0))
                    .failsWithin(PatientAwaits.BOUND)
                    .withThrowableThat()
                    .havingCause()
                    .isInstanceOf(StoreOverloaded.class)
                    .withMessageContaining("3 queries of clients are in progress");
            assertThat(await(queries.openGids(TransactionFilter.ALL, 10)))
                    .as("no count is on the way to an act")
                    .containsExactly("due");
            assertThat(await(queries.owners(List.of(open.incarnation.incarnation()))))
                    .hasSize(1);

            other.rollback();
            assertThat(slow)
                    .anySatisfy(one ->
                            assertThat(one).succeedsWithin(PatientAwaits.BOUND).isEqualTo(List.of()));
        }
        assertThat(await(queries.count(TransactionFilter.ALL, Queries.MAX_COUNTED, 0))
                        .open()
                        .sum(_ -> true))
                .isOne();
    }

    @Test
    void a_search_times_out_before_the_deadline_of_its_client() throws SQLException {
        try (Connection other = database.connect("test", 0);
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("lock table finished_transaction");
            secondsLeft = 1;
            assertThat(queries.list(TransactionFilter.ALL, 10, "", 0))
                    .failsWithin(PatientAwaits.BOUND)
                    .withThrowableThat()
                    .havingCause()
                    .isInstanceOf(QueryTimedOut.class)
                    .withMessage("the search took longer than 1 s");
        }
    }

    @Test
    void queries_of_users_cannot_write() {
        assertThat(people.ask(() -> database.forPeople(handle -> handle.execute("delete from open_transaction"))))
                .failsWithin(PatientAwaits.BOUND)
                .withThrowableThat()
                .withStackTraceContaining("read-only transaction");
    }

    @Test
    void many_slow_reads_leave_connections_for_claims() throws SQLException {
        await(open.store.accept(Rows.begun("due", Duration.ZERO)));
        try (Connection other = database.connect("test", 0);
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("lock table finished_transaction");
            List<CompletableFuture<@Nullable StoredTransaction>> slow =
                    Stream.generate(() -> open.store.read("unknown")).limit(8).toList();
            awaitLock();

            assertClaimed();

            other.rollback();
            assertThat(slow)
                    .anySatisfy(one ->
                            assertThat(one).succeedsWithin(PatientAwaits.BOUND).isNull());
        }
    }

    /** Replaces the table by a view that raises an error with this SQL state. */
    private void assertQueriesFail(String sqlState, Class<? extends Throwable> with) {
        TestDatabase.execute(
                database,
                "alter table open_transaction rename to away",
                """
                create function refused() returns boolean language plpgsql volatile as $$
                begin raise exception 'refused' using errcode = '%s'; end $$\
                """.formatted(sqlState),
                "create view open_transaction as select away.* from away where refused()");
        List<CompletableFuture<?>> answers = List.of(
                open.store.read("g"),
                queries.count(TransactionFilter.ALL, Queries.MAX_COUNTED, 0),
                queries.list(TransactionFilter.ALL, 10, "", 0));
        assertThat(answers).allSatisfy(answer -> assertFails(answer, with));
    }

    private static void assertFails(CompletableFuture<?> answer, Class<? extends Throwable> with) {
        assertThat(answer).failsWithin(PatientAwaits.BOUND).withThrowableThat().withCauseInstanceOf(with);
    }

    @ParameterizedTest
    @ValueSource(strings = {"42P01", "42501", "25006", "40001", "55P03", "57014", "53100", "53300", "3F000"})
    void a_query_with_a_temporary_SQL_error_reports_an_unavailable_store(String sqlState) {
        await(open.store.accept(Rows.running("g")));
        assertQueriesFail(sqlState, StoreUnavailable.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"22003", "21000", "P0001"})
    void a_query_with_a_permanent_SQL_error_reports_a_store_failure(String sqlState) {
        await(open.store.accept(Rows.running("g")));
        assertQueriesFail(sqlState, StoreFailure.class);
    }

    @Test
    void queries_succeed_after_a_table_rename_is_reverted_and_the_failure_is_logged() {
        lines.level(Level.WARN);
        try (QueryExecutor executor = new QueryExecutor(Runnable::run)) {
            Queries mine = new Queries(database, executor, names, names);
            TestDatabase.execute(database, "alter table open_transaction rename to away");
            for (int i = 0; i < 3; i++) {
                assertFails(mine.count(TransactionFilter.ALL, Queries.MAX_COUNTED, 0), StoreUnavailable.class);
            }
            assertThat(catchThrowable(() -> new Failover(database).found(1))).isInstanceOf(StoreUnavailable.class);
            TestDatabase.execute(database, "alter table away rename to open_transaction");
            assertThat(mine.count(TransactionFilter.ALL, Queries.MAX_COUNTED, 0))
                    .succeedsWithin(PatientAwaits.BOUND);
            assertThat(lines.reported().getFirst())
                    .contains("\"open_transaction\" does not exist")
                    .doesNotContain("\n");
        }
    }
}
