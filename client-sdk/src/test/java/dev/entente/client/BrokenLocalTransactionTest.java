package dev.entente.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.entente.participant.Rejection;
import dev.entente.participant.TestDatabase;
import io.grpc.Status;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.postgresql.ds.PGSimpleDataSource;

/** Connections and commits of a local transaction that fail or get no answer, and what becomes of its message. */
class BrokenLocalTransactionTest extends LocalTransactionFixture {
    BrokenLocalTransactionTest() throws IOException {
        super("broken_local_transactions");
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

        assertMessageAborted();
        assertThat(count("m13")).isEqualTo("0");
        assertThatThrownBy(() -> checks.check("m13")).isInstanceOf(Rejection.class);
    }

    @Test
    void a_commit_of_the_message_that_is_not_answered_is_no_failure() throws SQLException {
        for (int i = 0; i < 200; i++) {
            coordinator.fail("commit", Status.UNAVAILABLE.asRuntimeException());
        }
        try (Entente hasty =
                coordinatorServer.client().retryFor(Duration.ofSeconds(5)).build()) {
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
    void what_the_coordinator_says_behind_the_local_commit_is_no_failure() throws SQLException {
        coordinator.fail("commit", FakeCoordinator.error(Status.Code.UNAUTHENTICATED, "ENT-060", "an old token"));

        long inserted = message("m12").runAndSubmit(orders, connection -> insert(connection, "m12"));

        assertThat(inserted).isEqualTo(1);
        assertThatCode(() -> checks.check("m12")).doesNotThrowAnyException();
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

        assertMessageAborted();
        assertThat(count("m15")).isEqualTo("0");
    }

    @Test
    void a_connection_that_breaks_behind_its_commit_undoes_nothing() throws SQLException {
        DataSource breaking = BreakingOnClose.like((PGSimpleDataSource) orders);

        long inserted = message("m9").runAndSubmit(breaking, connection -> insert(connection, "m9"));

        assertThat(inserted).isEqualTo(1);
        assertThat(coordinator.calls).containsExactly("begin", "commit");
        assertThat(count("m9")).isEqualTo("1");
    }

    /** Each reads what the other one writes: the one that commits last is rolled back. */
    @Test
    void a_commit_that_loses_against_another_transaction_undoes_both() throws SQLException {
        assumeFalse(TestDatabase.isPooled(), "a pooler takes no settings of a session");
        DataSource serializable = ordersWith("-c default_transaction_isolation=serializable");

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

        assertMessageAborted();
        assertThat(count("m17")).isEqualTo("0");
        assertThat(count("m18")).isEqualTo("1");
    }

    private static void countAll(Connection connection) throws SQLException {
        try (Statement select = connection.createStatement()) {
            select.execute("select count(*) from orders");
        }
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
    void its_connection_is_not_awaited_for_ever() throws SQLException {
        int millis = message("m19").runAndSubmit(orders, connection -> connection.getNetworkTimeout());

        assertThat(millis).isEqualTo(60_000);
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
}
