package dev.entente.server.store.writer;

import static dev.entente.server.store.OpenStore.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.backends.PatientAwaits;
import dev.entente.core.transaction.TransactionState;
import dev.entente.server.store.AcceptResult;
import dev.entente.server.store.Database;
import dev.entente.server.store.OpenStore;
import dev.entente.server.store.RowWrite;
import dev.entente.server.store.Rows;
import dev.entente.server.store.StoreFailure;
import dev.entente.server.store.StoreUnavailable;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.WriteResult;
import dev.entente.server.telemetry.Metrics;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A database that refuses writes: all writes for a while, or the writes of one row. Triggers simulate the refusals. */
@Execution(ExecutionMode.CONCURRENT)
class RefusedWritesTest {
    private static final AcceptResult ACCEPTED = new AcceptResult.Accepted();
    private static final int OWNED = 100;
    private static final int MANY = 600;

    private final Metrics metrics = Metrics.withoutJvm();
    private final OpenStore open = new OpenStore(TestDatabase.impatient(), metrics);
    private final Database database = open.database;
    private final PostgresTransactionStore store = open.store;

    @AfterEach
    void close() {
        open.close();
    }

    /**
     * Creates a trigger before each write of a row in open_transaction. The sequence also counts writes that are rolled
     * back.
     */
    private void trigger(String body) {
        TestDatabase.execute(
                database,
                "create sequence met",
                """
                create function act() returns trigger language plpgsql as $$
                begin
                  %s
                  return new;
                end $$\
                """.formatted(body),
                "create trigger act before insert or update on open_transaction for each row execute function act()");
    }

    /** @param gids a pattern for {@code like} */
    private void refuse(String gids, String when, String sqlState) {
        trigger("""
            if new.gid like '%s' and nextval('met') %s then
              raise exception 'refused' using errcode = '%s';
            end if;\
            """.formatted(gids, when, sqlState));
    }

    private void refuseNothing() {
        TestDatabase.execute(database, "drop trigger act on open_transaction");
    }

    private long attempts() {
        return TestDatabase.number(database, "select case when is_called then last_value else 0 end from met");
    }

    private void own(int count) {
        List<CompletableFuture<AcceptResult>> accepted = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            accepted.add(store.accept(Rows.running("owned-" + i)));
        }
        accepted.forEach(each -> assertThat(await(each)).isEqualTo(ACCEPTED));
    }

    private List<CompletableFuture<WriteResult>> flushAll(int count) {
        List<CompletableFuture<WriteResult>> writes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            writes.add(store.write(Rows.flush("owned-" + i, 0, "p")));
        }
        return writes;
    }

    private void assertAccepted(String... gids) {
        for (String gid : gids) {
            assertThat(await(store.accept(Rows.running(gid)))).isEqualTo(ACCEPTED);
        }
    }

    private static void assertWritten(List<CompletableFuture<WriteResult>> writes) {
        assertThat(writes).allSatisfy(each -> assertThat(await(each)).isEqualTo(new WriteResult.Written(1)));
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
    void writes_of_owners_wait_and_requests_are_refused_while_a_table_is_missing() {
        own(OWNED);
        TestDatabase.execute(database, "alter table open_transaction rename to away");
        List<CompletableFuture<WriteResult>> writes = flushAll(OWNED);
        assertRefused(store.accept(Rows.running("request")), StoreUnavailable.class);
        Awaitility.await().until(() -> repeated("database") > 10 * OWNED);
        assertThat(writes).noneMatch(CompletableFuture::isDone);
        TestDatabase.execute(database, "alter table away rename to open_transaction");
        assertWritten(writes);
        assertAccepted("request");
    }

    @Test
    void writes_that_do_not_need_a_missing_table_continue() {
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

    @ParameterizedTest
    @ValueSource(strings = {"40P01", "40001", "55P03", "57014", "42P01", "23505", "P0001"})
    void a_row_that_is_refused_five_times_is_written_the_sixth_time(String sqlState) {
        own(2);
        refuse("owned-0", "<= 5", sqlState);
        assertWritten(flushAll(2));
        assertThat(attempts()).isEqualTo(6);
    }

    @ParameterizedTest
    @ValueSource(strings = {"40P01", "42501", "53200", "58030", "XX000"})
    void a_row_refused_for_an_external_reason_waits_and_delays_no_other_row(String sqlState) {
        own(2);
        refuse("owned-0", "> 0", sqlState);
        List<CompletableFuture<WriteResult>> writes = flushAll(2);
        assertThat(await(writes.getLast())).isInstanceOf(WriteResult.Written.class);
        assertAccepted("beside-1", "beside-2", "beside-3");
        Awaitility.await().until(() -> attempts() > 12);
        assertThat(writes.getFirst()).isNotDone();
        refuseNothing();
        assertWritten(writes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"P0001", "23514", "XX001"})
    void a_single_row_refused_repeatedly_fails_and_delays_no_other_row(String sqlState) {
        own(OWNED);
        refuse("owned-50", "> 0", sqlState);
        List<CompletableFuture<WriteResult>> writes = flushAll(OWNED);
        CompletableFuture<WriteResult> refused = writes.remove(50);
        assertWritten(writes);
        assertAccepted("beside");
        assertRefused(refused, StoreFailure.class);
        assertThat(attempts()).isGreaterThanOrEqualTo(15);
        assertThat(repeated("row")).isEqualTo(14);
    }

    @Test
    void a_write_that_cannot_be_sent_fails_alone() {
        own(OWNED);
        List<CompletableFuture<WriteResult>> writes = flushAll(OWNED - 1);
        RowWrite.Release beyondAllTime = new RowWrite.Release(
                TransactionState.RUNNING, ByteString.EMPTY, ChronoUnit.FOREVER.getDuration(), null, null);
        CompletableFuture<WriteResult> odd =
                store.write(new RowWrite("owned-" + (OWNED - 1), false, 0, beyondAllTime, null));
        assertWritten(writes);
        assertAccepted("beside");
        assertRefused(odd, StoreFailure.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"P0001", "42501", "53100"})
    void writes_refused_for_a_while_are_written_once_with_few_attempts(String sqlState) {
        own(MANY);
        refuse("%", "> 0", sqlState);
        List<CompletableFuture<WriteResult>> writes = flushAll(MANY);
        Awaitility.await().until(() -> repeated("database") > 5 * MANY);
        assertThat(writes).noneMatch(CompletableFuture::isDone);
        assertThat((double) attempts()).isLessThan(repeated("database") / 2);
        assertRefused(store.accept(Rows.running("request")), StoreUnavailable.class);
        refuseNothing();
        assertWritten(writes);
        assertThat(TestDatabase.number(database, "select count(*) from open_transaction where rev <> 1"))
                .isZero();
    }
}
