package dev.entente.server.store.writer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.entente.backends.PatientAwaits;
import dev.entente.server.store.AcceptResult;
import dev.entente.server.store.ClusterIdentity;
import dev.entente.server.store.Database;
import dev.entente.server.store.Rows;
import dev.entente.server.store.StoreUnavailable;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.store.WriteResult;
import dev.entente.server.store.admin.Failover;
import dev.entente.server.telemetry.Metrics;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that answers, and does not write: its disk is full. A trigger plays it. */
@Execution(ExecutionMode.CONCURRENT)
class RefusingServerTest {
    private static final AcceptResult ACCEPTED = new AcceptResult.Accepted();

    private Database database;
    private Incarnations incarnation;
    private PostgresTransactionStore store;

    @BeforeEach
    void open() {
        database = TestDatabase.impatient();
        ClusterIdentity cluster = new Failover(database).settle();
        incarnation = Incarnations.register(database, cluster, "n1", "localhost:1", "test", Runnable::run);
        store = PostgresTransactionStore.open(
                database, cluster, incarnation.incarnation(), Runnable::run, Metrics.none(), () -> {});
    }

    @AfterEach
    void close() {
        store.close();
        incarnation.close();
        database.close();
    }

    private void refuse(String gids, String sqlState) {
        TestDatabase.execute(database, """
            create function refuse() returns trigger language plpgsql as $$
            begin
              if new.gid like '%s' then raise exception 'refused' using errcode = '%s'; end if;
              return new;
            end $$\
            """.formatted(gids, sqlState), """
            create trigger refuse before insert or update on open_transaction
            for each row execute function refuse()\
            """);
    }

    private void refuseNothing() {
        TestDatabase.execute(database, "drop trigger refuse on open_transaction");
    }

    private static <T> T answer(CompletableFuture<T> future) {
        return future.orTimeout(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    private static void assertFails(CompletableFuture<?> future, Class<? extends Throwable> with) {
        assertThat(future).failsWithin(PatientAwaits.BOUND).withThrowableThat().withCauseInstanceOf(with);
    }

    private List<CompletableFuture<AcceptResult>> acceptMany(String name) {
        List<CompletableFuture<AcceptResult>> accepted = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            accepted.add(store.accept(Rows.running(name + i)));
        }
        return accepted;
    }

    @Test
    void a_submit_that_the_server_does_not_write_is_refused_alone() {
        refuse("bad", "53100");
        List<CompletableFuture<AcceptResult>> good = acceptMany("before-");
        CompletableFuture<AcceptResult> bad = store.accept(Rows.running("bad"));
        good.addAll(acceptMany("behind-"));
        assertFails(bad, StoreUnavailable.class);
        assertThat(good).allSatisfy(each -> assertThat(answer(each)).isEqualTo(ACCEPTED));
    }

    @Test
    void while_nothing_can_be_written_submits_are_refused_and_owners_wait() {
        answer(store.accept(Rows.running("held")));
        refuse("%", "53100");
        CompletableFuture<WriteResult> owners = store.write(Rows.flush("held", 0, "p"));
        assertThat(acceptMany("refused-")).allSatisfy(each -> assertFails(each, StoreUnavailable.class));
        assertFails(store.accept(Rows.running("later")), StoreUnavailable.class);
        assertThat(owners).isNotDone();
        refuseNothing();
        assertThat(answer(owners)).isEqualTo(new WriteResult.Written(1));
        assertThat(answer(store.accept(Rows.running("later")))).isEqualTo(ACCEPTED);
        assertThat(TestDatabase.number(database, "select count(*) from open_transaction"))
                .isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"53200", "58030", "XX000"})
    void an_owners_write_that_must_wait_lets_others_go_first(String sqlState) {
        answer(store.accept(Rows.running("held")));
        refuse("held", sqlState);
        CompletableFuture<WriteResult> owners = store.write(Rows.flush("held", 0, "p"));
        for (String name : List.of("a-", "b-", "c-")) {
            assertThat(acceptMany(name))
                    .allSatisfy(each -> assertThat(answer(each)).isEqualTo(ACCEPTED));
        }
        assertThat(owners).isNotDone();
        refuseNothing();
        assertThat(answer(owners)).isEqualTo(new WriteResult.Written(1));
    }
}
