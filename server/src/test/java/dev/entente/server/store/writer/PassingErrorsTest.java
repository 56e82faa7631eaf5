package dev.entente.server.store.writer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.backends.PatientAwaits;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.AcceptResult;
import dev.entente.server.store.ClusterIdentity;
import dev.entente.server.store.Database;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.Rows;
import dev.entente.server.store.StoreFailure;
import dev.entente.server.store.StoreUnavailable;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.WriteResult;
import dev.entente.server.store.admin.Failover;
import dev.entente.server.telemetry.Metrics;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Faults of the database that pass, and faults of one row alone. */
@Execution(ExecutionMode.CONCURRENT)
class PassingErrorsTest {
    private static final int OWNED = 100;
    private static final int MANY = 600;

    private final Metrics metrics = Metrics.withoutJvm();
    private Database database;
    private Incarnations incarnation;
    private PostgresTransactionStore store;

    @BeforeEach
    void open() {
        database = TestDatabase.impatient();
        ClusterIdentity cluster = new Failover(database).settle();
        incarnation = Incarnations.register(database, cluster, "n1", "localhost:1", "test", Runnable::run);
        store = PostgresTransactionStore.open(
                database, cluster, incarnation.incarnation(), Runnable::run, metrics, () -> {});
    }

    @AfterEach
    void close() {
        store.close();
        incarnation.close();
        database.close();
    }

    /** A trigger before each row of open_transaction that is written; the sequence counts even what is rolled back. */
    private void trigger(String body) {
        TestDatabase.execute(
                database,
                "create sequence met",
                "create table blocker (id int primary key)",
                "insert into blocker values (1)",
                """
                create function act() returns trigger language plpgsql as $$
                begin
                  %s
                  return new;
                end $$\
                """.formatted(body),
                "create trigger act before insert or update on open_transaction for each row execute function act()");
    }

    private long met() {
        return TestDatabase.number(database, "select case when is_called then last_value else 0 end from met");
    }

    private static <T> T answer(CompletableFuture<T> future) {
        return future.orTimeout(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    private void own(int count) {
        List<CompletableFuture<AcceptResult>> accepted = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            accepted.add(store.accept(Rows.running("owned-" + i)));
        }
        accepted.forEach(each -> assertThat(answer(each)).isEqualTo(new AcceptResult.Accepted()));
    }

    private List<CompletableFuture<WriteResult>> flushAll(int count) {
        List<CompletableFuture<WriteResult>> writes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            writes.add(store.write(Rows.flush("owned-" + i, 0, "p")));
        }
        return writes;
    }

    private static void assertWritten(List<CompletableFuture<WriteResult>> writes) {
        assertThat(writes).allSatisfy(each -> assertThat(answer(each)).isInstanceOf(WriteResult.Written.class));
    }

    private static void assertRefused(CompletableFuture<?> future, Class<? extends Throwable> with) {
        assertThat(future).failsWithin(PatientAwaits.BOUND).withThrowableThat().withCauseInstanceOf(with);
    }

    private double repeated(String cause) {
        return metrics.exposition()
                .lines()
                .filter(line -> line.startsWith("entente_store_repeated_total{cause=\"" + cause + "\"}"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
    }

    @Test
    void owners_wait_while_a_table_is_renamed_away() {
        own(OWNED);
        TestDatabase.execute(database, "alter table open_transaction rename to away");
        List<CompletableFuture<WriteResult>> writes = flushAll(OWNED);
        assertRefused(store.accept(Rows.running("request")), StoreUnavailable.class);
        Awaitility.await().until(() -> repeated("database") > 10 * OWNED);
        assertThat(writes).noneMatch(CompletableFuture::isDone);
        TestDatabase.execute(database, "alter table away rename to open_transaction");
        assertWritten(writes);
        assertThat(answer(store.accept(Rows.running("request")))).isEqualTo(new AcceptResult.Accepted());
    }

    @Test
    void what_needs_no_table_that_is_away_goes_on() {
        own(OWNED);
        TestDatabase.execute(database, "alter table finished_transaction rename to away");
        List<CompletableFuture<WriteResult>> finishes = new ArrayList<>();
        for (int i = 0; i < OWNED / 2; i++) {
            finishes.add(store.write(Rows.finish("owned-" + i, 0)));
        }
        List<CompletableFuture<WriteResult>> flushes = new ArrayList<>();
        for (int i = OWNED / 2; i < OWNED; i++) {
            flushes.add(store.write(Rows.flush("owned-" + i, 0, "p")));
        }
        assertWritten(flushes);
        assertThat(finishes).noneMatch(CompletableFuture::isDone);
        TestDatabase.execute(database, "alter table away rename to finished_transaction");
        assertWritten(finishes);
    }

    @Test
    void owners_wait_through_a_hundred_lock_timeouts() throws SQLException {
        own(OWNED);
        trigger("""
            perform nextval('met');
            perform set_config('lock_timeout', '1ms', true);
            perform 1 from blocker for update;\
            """);
        List<CompletableFuture<WriteResult>> writes;
        try (Connection holder = database.connect("holder", 30);
                Statement statement = holder.createStatement()) {
            holder.setAutoCommit(false);
            statement.execute("select 1 from blocker for update");
            writes = flushAll(OWNED);
            Awaitility.await().until(() -> repeated("conflict") > 12 * OWNED);
            assertThat(writes).noneMatch(CompletableFuture::isDone);
            holder.rollback();
        }
        assertWritten(writes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"40P01", "40001", "55P03", "57014", "42P01", "23505", "22003", "P0001"})
    void a_row_that_is_refused_five_times_is_written_the_sixth_time(String sqlState) {
        own(2);
        trigger("""
            if new.gid = 'owned-0' and nextval('met') <= 5 then
              raise exception 'refused' using errcode = '%s';
            end if;\
            """.formatted(sqlState));
        assertWritten(flushAll(2));
        assertThat(met()).isEqualTo(6);
    }

    @ParameterizedTest
    @ValueSource(strings = {"40P01", "55P03", "57014"})
    void a_row_in_conflict_for_long_holds_up_nobody_and_is_never_refused(String sqlState) {
        own(2);
        trigger("""
            if new.gid = 'owned-0' and nextval('met') <= 12 then
              raise exception 'refused' using errcode = '%s';
            end if;\
            """.formatted(sqlState));
        List<CompletableFuture<WriteResult>> writes = flushAll(2);
        assertThat(answer(writes.getLast())).isInstanceOf(WriteResult.Written.class);
        for (int i = 0; i < 10; i++) {
            assertThat(answer(store.accept(Rows.running("beside-" + i)))).isEqualTo(new AcceptResult.Accepted());
        }
        assertThat(writes.getFirst()).isNotDone();
        assertWritten(writes);
    }

    @Test
    void owners_wait_through_a_storm_of_cancels() {
        own(OWNED);
        trigger("if new.gid = 'owned-0' and nextval('met') <= 12 then perform pg_sleep(600); end if;");
        List<CompletableFuture<WriteResult>> writes = flushAll(OWNED);
        Awaitility.await().until(() -> {
            TestDatabase.number(database, """
                select count(*) from pg_stat_activity a, pg_cancel_backend(a.pid)
                where a.application_name like 'entente writer %' and a.datname = current_database()
                  and a.wait_event = 'PgSleep'\
                """);
            return met() > 12;
        });
        assertWritten(writes);
    }

    @Test
    void a_write_that_this_program_cannot_send_is_a_defect_alone() {
        own(OWNED);
        List<CompletableFuture<WriteResult>> writes = flushAll(OWNED - 1);
        RowWrite.Rest beyondAllTime = new RowWrite.Rest(
                TransactionState.RUNNING, ByteString.EMPTY, ChronoUnit.FOREVER.getDuration(), null, null);
        CompletableFuture<WriteResult> odd =
                store.write(new RowWrite("owned-" + (OWNED - 1), false, 0, beyondAllTime, null));
        assertWritten(writes);
        assertRefused(odd, StoreFailure.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"P0001", "23514", "42501", "XX001"})
    void a_row_that_alone_is_refused_again_and_again_is_a_defect_and_holds_up_nobody(String sqlState) {
        own(201);
        trigger("""
            if new.gid = 'owned-100' then
              perform nextval('met');
              raise exception 'refused' using errcode = '%s';
            end if;\
            """.formatted(sqlState));
        List<CompletableFuture<WriteResult>> writes = flushAll(201);
        CompletableFuture<WriteResult> refused = writes.remove(100);
        assertWritten(writes);
        assertThat(answer(store.accept(Rows.running("beside")))).isEqualTo(new AcceptResult.Accepted());
        assertRefused(refused, StoreFailure.class);
        assertThat(met()).isGreaterThanOrEqualTo(10);
        assertThat(repeated("row")).isEqualTo(9);
    }

    @Test
    void a_row_that_is_refused_is_not_to_blame_before_another_of_its_kind_is_written() {
        own(2);
        trigger("""
            if new.gid = 'owned-0' then
              perform nextval('met');
              raise exception 'refused';
            end if;\
            """);
        CompletableFuture<WriteResult> refused = store.write(Rows.flush("owned-0", 0, "p"));
        assertThat(answer(store.accept(Rows.running("of another kind")))).isEqualTo(new AcceptResult.Accepted());
        Awaitility.await().until(() -> met() > 4);
        assertThat(repeated("row")).isZero();
        assertWritten(List.of(store.write(Rows.flush("owned-1", 0, "p"))));
        assertRefused(refused, StoreFailure.class);
        assertThat(repeated("row")).isEqualTo(9);
    }

    @ParameterizedTest
    @ValueSource(strings = {"P0001", "42501", "53100"})
    void what_is_refused_for_a_while_is_written_once_and_costs_few_tries(String sqlState) {
        own(MANY);
        trigger("""
            perform nextval('met');
            raise exception 'refused' using errcode = '%s';\
            """.formatted(sqlState));
        List<CompletableFuture<WriteResult>> writes = flushAll(MANY);
        Awaitility.await().until(() -> repeated("database") > 5 * MANY);
        assertThat(writes).noneMatch(CompletableFuture::isDone);
        assertThat((double) met()).isLessThan(repeated("database") / 2);
        TestDatabase.execute(database, "drop trigger act on open_transaction");
        assertWritten(writes);
        assertThat(TestDatabase.number(database, "select count(*) from open_transaction where rev <> 1"))
                .isZero();
    }
}
