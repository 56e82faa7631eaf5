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

/** Every question is answered: whoever asks again and again asks the next only after that. */
class QueryExecutorTest {
    @RegisterExtension
    private final LogLines lines = new LogLines(QueryExecutor.class);

    private final OpenStore open = new OpenStore(withTwoConnections(), Metrics.none());
    private final Database database = open.database;
    private int secondsLeft = Integer.MAX_VALUE;
    private final QueryExecutor people =
            QueryExecutor.ofPeople(Runnable::run, TestDatabase.impatient(database.settings()), () -> secondsLeft);
    private final QueryExecutor names = new QueryExecutor(Runnable::run);
    private final Queries queries = new Queries(database, people, names, names);

    private static Database withTwoConnections() {
        DatabaseSettings given = TestDatabase.withSchema();
        return Database.of(TestDatabase.changed(given, given.jdbcUrl(), 2, given.patience()));
    }

    @AfterEach
    void close() {
        people.close();
        names.close();
        open.close();
    }

    @Test
    void an_error_is_an_answer() {
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
    void an_answer_that_finds_no_thread_is_given_on_the_one_that_has_it() {
        try (QueryExecutor questions = new QueryExecutor(_ -> {
            throw new RejectedExecutionException("shut down, on purpose");
        })) {
            assertThat(questions.ask(() -> 42)).failsWithin(PatientAwaits.BOUND);
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
    void slow_questions_leave_the_pool_to_claims_and_one_more_is_refused() throws SQLException {
        await(open.store.accept(Rows.begun("due", Duration.ZERO)));
        AuditLog log = new AuditLog(database, people);
        try (Connection other = database.connect("test", 0);
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("lock table audit_entry");
            List<CompletableFuture<List<AuditLog.Entry>>> slow = Stream.generate(
                            () -> log.list("", true, true, Long.MAX_VALUE, 10))
                    .limit(8)
                    .toList();
            awaitLock();

            assertClaimed();
            assertThat(queries.count(TransactionFilter.ALL, Queries.MAX_COUNTED, 0))
                    .failsWithin(PatientAwaits.BOUND)
                    .withThrowableThat()
                    .havingCause()
                    .isInstanceOf(StoreOverloaded.class)
                    .withMessageContaining("3 questions of people are under way");
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
    void a_search_ends_a_moment_before_its_asker_leaves_and_says_so() throws SQLException {
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
    void what_people_ask_cannot_write() {
        assertThat(people.ask(() -> database.forPeople(handle -> handle.execute("delete from open_transaction"))))
                .failsWithin(PatientAwaits.BOUND)
                .withThrowableThat()
                .withStackTraceContaining("read-only transaction");
    }

    @Test
    void reads_of_many_rows_leave_the_pool_to_claims() throws SQLException {
        await(open.store.accept(Rows.begun("due", Duration.ZERO)));
        try (Connection other = database.connect("test", 0);
                Statement statement = other.createStatement()) {
            other.setAutoCommit(false);
            statement.execute("lock table finished_transaction");
            List<CompletableFuture<@Nullable StoredTransaction>> slow =
                    Stream.generate(() -> open.store.read("nobody")).limit(8).toList();
            awaitLock();

            assertClaimed();

            other.rollback();
            assertThat(slow)
                    .anySatisfy(one ->
                            assertThat(one).succeedsWithin(PatientAwaits.BOUND).isNull());
        }
    }

    /** A view in place of the table plays what passes, and what does not. */
    private void assertAsked(String sqlState, Class<? extends Throwable> with) {
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
    void what_passes_is_no_defect_of_a_question(String sqlState) {
        await(open.store.accept(Rows.running("g")));
        assertAsked(sqlState, StoreUnavailable.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"22003", "21000", "P0001"})
    void what_asking_again_does_not_mend_stays_a_defect(String sqlState) {
        await(open.store.accept(Rows.running("g")));
        assertAsked(sqlState, StoreFailure.class);
    }

    @Test
    void a_question_is_answered_as_soon_as_the_table_has_its_name_again_and_one_line_says_why_not() {
        lines.level(Level.WARN);
        try (QueryExecutor questions = new QueryExecutor(Runnable::run)) {
            Queries mine = new Queries(database, questions, names, names);
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
