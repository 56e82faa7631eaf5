package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.entente.participant.Barrier;
import dev.entente.participant.CheckBack;
import dev.entente.participant.InProgress;
import dev.entente.participant.Rejection;
import dev.entente.participant.TestDatabase;
import io.grpc.Status;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** A message and its client's own transaction on a real PostgreSQL: both or neither, whoever asks whenever. */
class LocalTransactionTest extends ScopeFixture {
    private static final int RACES = 60;

    private final DataSource orders = TestDatabase.schema("local_transactions");
    private final CheckBack checks = CheckBack.of(Barrier.postgres(), orders);

    LocalTransactionTest() throws IOException {}

    @BeforeEach
    void createTables() throws SQLException {
        Barrier.postgres().createTable(orders);
        TestDatabase.execute(orders, "create table if not exists orders (id text primary key)");
    }

    @Test
    void both_are_committed_and_whoever_asks_is_told_so() throws SQLException {
        long inserted = message("m1").runAndSubmit(orders, connection -> insert(connection, "m1"));

        assertThat(inserted).isEqualTo(1);
        assertThat(coordinator.calls).containsExactly("begin", "commit");
        assertThat(count("m1")).isEqualTo("1");
        assertThatCode(() -> checks.check("m1")).doesNotThrowAnyException();
    }

    @Test
    void an_exception_of_the_body_undoes_both_and_is_rethrown() throws SQLException {
        IllegalArgumentException odd = new IllegalArgumentException("odd order");

        assertThatThrownBy(() -> message("m2").runAndSubmit(orders, connection -> {
                    insert(connection, "m2");
                    throw odd;
                }))
                .isSameAs(odd);

        assertThat(coordinator.calls).containsExactly("begin", "abort: odd order");
        assertThat(count("m2")).isEqualTo("0");
        assertThatThrownBy(() -> checks.check("m2")).isInstanceOf(Rejection.class);
    }

    @Test
    void a_body_that_ends_the_transaction_is_refused_and_both_are_undone() throws SQLException {
        assertThatThrownBy(() -> message("m14").runAndSubmit(orders, connection -> {
                    insert(connection, "m14");
                    connection.commit();
                    return 1L;
                }))
                .hasMessageContaining("ENT-097")
                .hasMessageContaining("commit()");

        assertThat(count("m14")).isEqualTo("0");
        assertThatThrownBy(() -> checks.check("m14")).isInstanceOf(Rejection.class);
    }

    @Test
    void a_body_that_goes_on_after_a_failed_statement_undoes_both() throws SQLException {
        assertThatThrownBy(() -> message("m13").runAndSubmit(orders, connection -> {
                    insert(connection, "m13");
                    try {
                        return insert(connection, "m13");
                    } catch (SQLException duplicate) {
                        return 0L;
                    }
                }))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("savepoint");

        assertThat(coordinator.calls).hasSize(2).first().isEqualTo("begin");
        assertThat(coordinator.calls.get(1)).startsWith("abort: ");
        assertThat(count("m13")).isEqualTo("0");
        assertThatThrownBy(() -> checks.check("m13")).isInstanceOf(Rejection.class);
    }

    @Test
    void a_body_that_rolls_the_connection_back_undoes_both() throws SQLException {
        assertThatThrownBy(() -> message("m14").runAndSubmit(orders, connection -> {
                    long inserted = insert(connection, "m14");
                    connection.rollback();
                    return inserted;
                }))
                .isInstanceOf(IllegalStateException.class);

        assertThat(coordinator.calls).hasSize(2).first().isEqualTo("begin");
        assertThat(coordinator.calls.get(1)).startsWith("abort: ");
    }

    @Test
    void nothing_is_run_before_the_message_is_known_to_be_durable() throws SQLException {
        coordinator.fail("begin", FakeCoordinator.error(Status.Code.INVALID_ARGUMENT, "ENT-001", "no"));

        assertThatThrownBy(() -> message("m3").runAndSubmit(orders, connection -> insert(connection, "m3")))
                .isInstanceOf(TransactionRefused.class);
        assertThat(count("m3")).isEqualTo("0");
    }

    @Test
    void a_commit_of_the_message_that_is_not_answered_is_no_failure() throws SQLException {
        for (int i = 0; i < 200; i++) {
            coordinator.fail("commit", Status.UNAVAILABLE.asRuntimeException());
        }
        try (Entente hasty = Entente.builder(coordinatorServer.target())
                .retryFor(Duration.ofSeconds(2))
                .build()) {
            Message message = hasty.message("order-created")
                    .gid("m4")
                    .to(freeze("alice"))
                    .checkBack(hasty.participant("order"), Duration.ofSeconds(10));

            long inserted = message.runAndSubmit(orders, connection -> insert(connection, "m4"));

            assertThat(inserted).isEqualTo(1);
        }
        assertThatCode(() -> checks.check("m4")).doesNotThrowAnyException();
    }

    @Test
    void once_somebody_was_told_no_a_late_local_transaction_is_rolled_back() throws SQLException {
        assertThatThrownBy(() -> checks.check("m5"))
                .isInstanceOfSatisfying(
                        Rejection.class, no -> assertThat(no.isSettled()).isTrue());

        assertThatThrownBy(() -> message("m5").runAndSubmit(orders, connection -> insert(connection, "m5")))
                .isInstanceOfSatisfying(
                        TransactionAborted.class,
                        late -> assertThat(late.code()).isEqualTo("CHECK_BACK_NEGATIVE"));
        assertThat(count("m5")).isEqualTo("0");
        assertThat(coordinator.calls).containsExactly("begin");
    }

    @Test
    void whoever_asks_while_it_runs_is_told_to_ask_again() throws SQLException {
        message("m6").runAndSubmit(orders, connection -> {
            assertThatThrownBy(() -> checks.check("m6")).isInstanceOf(InProgress.class);
            return insert(connection, "m6");
        });

        assertThat(count("m6")).isEqualTo("1");
    }

    @Test
    void a_local_commit_without_an_answer_is_left_to_whoever_is_asked() throws SQLException {
        endWhoeverCommits("doomed");

        Throwable thrown = catchThrowable(() -> message("m7").runAndSubmit(orders, connection -> {
            insert(connection, "m7");
            return execute(connection, "insert into doomed values ('m7')");
        }));

        assertThat(thrown).isInstanceOfSatisfying(TransactionPending.class, pending -> {
            assertThat(pending.gid()).isEqualTo("m7");
            assertThat(pending).hasCauseInstanceOf(SQLException.class);
        });
        assertThat(coordinator.calls).containsExactly("begin");
        assertThatThrownBy(() -> checks.check("m7")).isInstanceOf(Rejection.class);
        assertThat(count("m7")).isEqualTo("0");
    }

    @Test
    void a_connection_that_breaks_before_its_commit_undoes_both() throws SQLException {
        assertThatThrownBy(() -> message("m15").runAndSubmit(orders, connection -> {
                    insert(connection, "m15");
                    return breakOff(connection);
                }))
                .isInstanceOf(SQLException.class);

        assertThat(coordinator.calls).hasSize(2).first().isEqualTo("begin");
        assertThat(coordinator.calls.get(1)).startsWith("abort: ");
        assertThat(count("m15")).isEqualTo("0");
    }

    /** Each reads what the other one writes: the one that commits last is rolled back. */
    @Test
    void a_commit_that_loses_against_another_transaction_undoes_both() throws SQLException {
        assumeFalse(TestDatabase.isPooled(), "a pooler takes no settings of a session");
        PGSimpleDataSource serializable = new PGSimpleDataSource();
        serializable.setUrl(((PGSimpleDataSource) orders).getUrl());
        serializable.setUser(((PGSimpleDataSource) orders).getUser());
        serializable.setOptions("-c default_transaction_isolation=serializable");

        assertThatThrownBy(() -> message("m17").runAndSubmit(serializable, connection -> {
                    countAll(connection);
                    try (Connection other = serializable.getConnection()) {
                        other.setAutoCommit(false);
                        countAll(other);
                        long inserted = insert(connection, "m17");
                        insert(other, "m18");
                        other.commit();
                        return inserted;
                    }
                }))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("serialize");

        assertThat(coordinator.calls).hasSize(2).first().isEqualTo("begin");
        assertThat(coordinator.calls.get(1)).startsWith("abort: ");
        assertThat(count("m17")).isEqualTo("0");
        assertThat(count("m18")).isEqualTo("1");
    }

    private static void countAll(Connection connection) throws SQLException {
        try (Statement select = connection.createStatement()) {
            select.execute("select count(*) from orders");
        }
    }

    @Test
    void its_connection_is_not_awaited_for_ever() throws SQLException {
        int millis = message("m19").runAndSubmit(orders, connection -> connection.getNetworkTimeout());

        assertThat(millis).isEqualTo(60_000);
    }

    @Test
    void a_connection_that_breaks_behind_its_commit_undoes_nothing() throws SQLException {
        DataSource breaking = BreakingOnClose.like((PGSimpleDataSource) orders);

        long inserted = message("m9").runAndSubmit(breaking, connection -> insert(connection, "m9"));

        assertThat(inserted).isEqualTo(1);
        assertThat(coordinator.calls).containsExactly("begin", "commit");
        assertThat(count("m9")).isEqualTo("1");
    }

    @Test
    void one_that_fails_while_another_runs_under_its_gid_aborts_nothing() throws SQLException {
        PGSimpleDataSource impatient = new PGSimpleDataSource();
        impatient.setUrl(((PGSimpleDataSource) orders).getUrl());
        impatient.setUser(((PGSimpleDataSource) orders).getUser());
        impatient.setOptions("-c lock_timeout=100");

        long inserted = message("m10").runAndSubmit(orders, connection -> {
            assertThatThrownBy(() -> message("m10").runAndSubmit(impatient, other -> insert(other, "m10-again")))
                    .isInstanceOf(SQLException.class);
            return insert(connection, "m10");
        });

        assertThat(inserted).isEqualTo(1);
        assertThat(coordinator.calls).containsExactly("begin", "begin", "commit");
        assertThat(count("m10-again")).isEqualTo("0");
    }

    @Test
    void one_that_finds_no_connection_leaves_its_message_to_whoever_is_asked() {
        SQLException none = new SQLException("no connection is free");
        DataSource exhausted = new PGSimpleDataSource() {
            private static final long serialVersionUID = 1;

            @Override
            public Connection getConnection() throws SQLException {
                throw none;
            }
        };

        assertThatThrownBy(() -> message("m11").runAndSubmit(exhausted, connection -> insert(connection, "m11")))
                .isSameAs(none);
        assertThat(coordinator.calls).containsExactly("begin");
    }

    @Test
    void what_the_coordinator_says_behind_the_local_commit_is_no_failure() throws SQLException {
        coordinator.fail("commit", FakeCoordinator.error(Status.Code.UNAUTHENTICATED, "ENT-060", "an old token"));

        long inserted = message("m12").runAndSubmit(orders, connection -> insert(connection, "m12"));

        assertThat(inserted).isEqualTo(1);
        assertThatCode(() -> checks.check("m12")).doesNotThrowAnyException();
    }

    @Test
    void the_same_again_does_not_run_again() throws SQLException {
        message("m8").runAndSubmit(orders, connection -> insert(connection, "m8"));

        assertThatThrownBy(() -> message("m8").runAndSubmit(orders, connection -> insert(connection, "m8-again")))
                .isInstanceOfSatisfying(
                        TransactionRefused.class,
                        twice -> assertThat(twice.code()).isEqualTo("ENT-040"));
        assertThat(count("m8-again")).isEqualTo("0");
    }

    @Test
    void it_must_say_whom_to_ask() {
        assertThatThrownBy(() -> entente.message("order").to(freeze("alice")).runAndSubmit(orders, connection -> 1))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void what_is_answered_is_what_was_done_however_early_and_often_somebody_asks() throws Exception {
        Random random = new Random(41);
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            for (int i = 0; i < RACES; i++) {
                String gid = "race" + i;
                int pause = random.nextInt(4);
                List<Future<?>> asked = new ArrayList<>();
                asked.add(threads.submit(() -> catchThrowable(() -> message(gid).runAndSubmit(orders, connection -> {
                    execute(connection, "select pg_sleep(" + pause + " / 1000.0)");
                    return insert(connection, gid);
                }))));
                asked.add(threads.submit(() -> answer(gid)));
                asked.add(threads.submit(() -> answer(gid)));
                for (Future<?> each : asked) {
                    each.get();
                }
                assertThat(answer(gid))
                        .as("seed 41, %s", gid)
                        .isEqualTo(count(gid).equals("1"));
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** Asks until there is a yes or a no. */
    private boolean answer(String gid) throws SQLException {
        while (true) {
            try {
                checks.check(gid);
                return true;
            } catch (Rejection no) {
                return false;
            } catch (InProgress again) {
                // Asks again at once: each question waits for the database.
            }
        }
    }

    private Message message(String gid) {
        return entente.message("order-created")
                .gid(gid)
                .to(freeze("alice"))
                .checkBack(entente.participant("order"), Duration.ofSeconds(10));
    }

    private static long insert(Connection connection, String id) throws SQLException {
        return execute(connection, "insert into orders (id) values ('" + id + "')");
    }

    private static long execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.execute(sql) ? 0 : statement.getUpdateCount();
        }
    }

    /** Makes a table: the database ends the connection of whoever commits a row of it, in the middle of that. */
    private void endWhoeverCommits(String table) throws SQLException {
        TestDatabase.execute(orders, """
            create table %1$s (id text);
            create function end_%1$s() returns trigger language plpgsql as $$ begin
              perform pg_terminate_backend(pg_backend_pid());
              perform pg_sleep(60);
              return null;
            end $$;
            create constraint trigger end_%1$s after insert on %1$s deferrable initially deferred
              for each row execute function end_%1$s();
            """.formatted(table));
    }

    /** The database ends this connection, whose session a pooler names otherwise than the database does. */
    private long breakOff(Connection connection) throws SQLException {
        try (Statement select = connection.createStatement();
                ResultSet row = select.executeQuery("select pg_backend_pid()")) {
            row.next();
            TestDatabase.text(orders, "select pg_terminate_backend(" + row.getInt(1) + ", 5000)");
            return row.getInt(1);
        }
    }

    private String count(String id) throws SQLException {
        return TestDatabase.text(orders, "select count(*) from orders where id = '" + id + "'");
    }
}
