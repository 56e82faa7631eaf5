package dev.entente.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.entente.backends.PatientAwaits;
import dev.entente.server.store.admin.Failover;
import dev.entente.server.store.admin.Queries;
import dev.entente.server.store.writer.Incarnations;
import dev.entente.server.store.writer.PostgresTransactionStore;
import dev.entente.server.telemetry.Metrics;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/**
 * Questions to a database that answers, and refuses them: a view in place of a table plays what passes, and what does
 * not.
 */
class RefusedQuestionsTest {
    private final Logger logger = (Logger) LoggerFactory.getLogger(RefusedQuestions.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    private Database database;
    private Incarnations incarnation;
    private PostgresTransactionStore store;
    private Queries queries;
    private Failover failover;

    @BeforeEach
    void open() {
        lines.start();
        logger.addAppender(lines);
        logger.setAdditive(false);
        logger.setLevel(Level.WARN);
        database = TestDatabase.migrated();
        failover = new Failover(database);
        ClusterIdentity cluster = failover.settle();
        incarnation = Incarnations.register(database, cluster, "n1", "localhost:1", "test", Runnable::run);
        store = PostgresTransactionStore.open(
                database, cluster, incarnation.incarnation(), Runnable::run, Metrics.none(), () -> {});
        queries = new Queries(database, QuestionLimit.of(64, database.settings()), Runnable::run);
    }

    @AfterEach
    void close() {
        queries.close();
        store.close();
        incarnation.close();
        database.close();
        logger.detachAppender(lines);
        logger.setAdditive(true);
        logger.setLevel(null);
    }

    private void refuse(String sqlState) {
        TestDatabase.execute(
                database,
                "alter table open_transaction rename to away",
                """
                create function refused() returns boolean language plpgsql volatile as $$
                begin raise exception 'refused' using errcode = '%s'; end $$\
                """.formatted(sqlState),
                "create view open_transaction as select away.* from away where refused()");
    }

    private static void assertFails(CompletableFuture<?> answer, Class<? extends Throwable> with) {
        assertThat(answer).failsWithin(PatientAwaits.BOUND).withThrowableThat().withCauseInstanceOf(with);
    }

    private List<String> told() {
        return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    private List<CompletableFuture<?>> asked() {
        return List.of(
                store.read("g"), queries.count(TransactionFilter.ALL), queries.list(TransactionFilter.ALL, 10, ""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"42P01", "42501", "42703", "25006", "40001", "40P01", "55P03", "57014", "53100", "53300", "3F000"
            })
    void what_passes_is_no_defect_of_a_question(String sqlState) {
        store.accept(Rows.running("g")).join();
        refuse(sqlState);
        assertThat(asked()).allSatisfy(answer -> assertFails(answer, StoreUnavailable.class));
    }

    @ParameterizedTest
    @ValueSource(strings = {"22003", "21000", "P0001"})
    void what_asking_again_does_not_mend_stays_a_defect(String sqlState) {
        store.accept(Rows.running("g")).join();
        refuse(sqlState);
        assertThat(asked()).allSatisfy(answer -> assertFails(answer, StoreFailure.class));
        assertThat(told()).isEmpty();
    }

    @Test
    void the_same_question_is_answered_as_soon_as_the_table_has_its_name_again() {
        store.accept(Rows.running("g")).join();
        TestDatabase.execute(database, "alter table open_transaction rename to away");
        for (int i = 0; i < 9; i++) {
            assertFails(store.read("g"), StoreUnavailable.class);
        }
        assertThat(told().stream().filter(line -> line.contains("8 so far")))
                .singleElement()
                .satisfies(line -> assertThat(line).contains("\"open_transaction\" does not exist"));
        assertThat(lines.list)
                .allSatisfy(line -> assertThat(line.getThrowableProxy()).isNull());
        assertThat(catchFound()).isInstanceOf(StoreUnavailable.class);
        TestDatabase.execute(database, "alter table away rename to open_transaction");
        assertThat(store.read("g")).succeedsWithin(PatientAwaits.BOUND);
    }

    private Throwable catchFound() {
        return catchThrowable(() -> failover.found(1));
    }

    @Test
    void lines_are_rarer_and_rarer_until_a_minute_passes_without_a_refusal() {
        AtomicLong nanos = new AtomicLong();
        RefusedQuestions refused = new RefusedQuestions(nanos::get);
        Throwable failure =
                catchThrowable(() -> database.jdbi().useHandle(handle -> handle.execute("select nothing_such")));
        for (int i = 0; i < 100; i++) {
            refused.met(failure);
        }
        assertThat(told()).hasSize(7).last().asString().contains("64 so far");
        nanos.addAndGet(RefusedQuestions.QUIET.toNanos() + 1);
        refused.met(failure);
        assertThat(told()).hasSize(8).last().asString().contains("1 so far");
    }
}
