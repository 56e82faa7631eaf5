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

/** Failed or unanswered connections and commits of a local transaction, and the final state of its message. */
class BrokenLocalTransactionTest extends LocalTransactionFixture {
    BrokenLocalTransactionTest() throws IOException {
        super("broken_local_transactions");
    }

    @Test
    void a_swallowed_sql_error_aborts_the_message_and_the_local_transaction() throws SQLException {
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
    void an_unanswered_commit_of_the_message_does_not_fail_the_call() throws SQLException {
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
    void a_refused_message_commit_after_the_local_commit_does_not_fail_the_call() throws SQLException {
        coordinator.fail("commit", FakeCoordinator.error(Status.Code.UNAUTHENTICATED, "ENT-060", "an old token"));

        long inserted = message("m12").runAndSubmit(orders, connection -> insert(connection, "m12"));

        assertThat(inserted).isEqualTo(1);
        assertThatCode(() -> checks.check("m12")).doesNotThrowAnyException();
    }

    @Test
    void a_local_commit_with_unknown_outcome_leaves_the_message_pending() throws SQLException {
        endSessionAtCommit("doomed");

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
    void a_connection_broken_before_the_local_commit_aborts_the_message() throws SQLException {
        assertThatThrownBy(() -> message("m15").runAndSubmit(orders, connection -> {
                    insert(connection, "m15");
                    return endSession(connection);
                }))
                .isInstanceOf(SQLException.class);

        assertMessageAborted();
        assertThat(count("m15")).isEqualTo("0");
    }

    @Test
    void a_failed_close_after_the_local_commit_undoes_nothing() throws SQLException {
        DataSource breaking = BreakingOnClose.like((PGSimpleDataSource) orders);

        long inserted = message("m9").runAndSubmit(breaking, connection -> insert(connection, "m9"));

        assertThat(inserted).isEqualTo(1);
        assertThat(coordinator.calls).containsExactly("begin", "commit");
        assertThat(count("m9")).isEqualTo("1");
    }

    /** Each transaction reads the rows that the other one writes. PostgreSQL rolls back the later commit. */
    @Test
    void a_serialization_failure_aborts_the_message_and_the_local_transaction() throws SQLException {
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
    void a_missing_connection_is_rethrown_and_the_message_is_not_decided() {
        SQLException noConnection = new SQLException("no connection is free");
        DataSource exhausted = new PGSimpleDataSource() {
            private static final long serialVersionUID = 1;

            @Override
            public Connection getConnection() throws SQLException {
                throw noConnection;
            }
        };

        assertThatThrownBy(() -> message("m11").runAndSubmit(exhausted, connection -> insert(connection, "m11")))
                .isSameAs(noConnection);
        assertThat(coordinator.calls).containsExactly("begin");
    }

    @Test
    void the_connection_of_the_body_has_a_network_timeout() throws SQLException {
        int millis = message("m19").runAndSubmit(orders, connection -> connection.getNetworkTimeout());

        assertThat(millis).isEqualTo(60_000);
    }

    /**
     * Creates a table. The database ends the session of a client that commits a row of this table, during the commit.
     */
    private void endSessionAtCommit(String table) throws SQLException {
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

    /** Ends the session of this connection in the database. A pooler reports another process id than the database. */
    private long endSession(Connection connection) throws SQLException {
        try (Statement select = connection.createStatement();
                ResultSet row = select.executeQuery("select pg_backend_pid()")) {
            row.next();
            TestDatabase.text(orders, "select pg_terminate_backend(" + row.getInt(1) + ", 5000)");
            return row.getInt(1);
        }
    }
}
