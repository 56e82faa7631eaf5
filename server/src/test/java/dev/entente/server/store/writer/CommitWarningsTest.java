package dev.entente.server.store.writer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PatientAwaits;
import dev.entente.backends.PostgresServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** PostgreSQL warnings that make a commit uncertain. Each commit waits for a standby that does not exist. */
class CommitWarningsTest {
    private static PostgresServer postgres;
    private Connection connection;
    private Statement statement;

    @BeforeAll
    static void start() {
        postgres = PostgresServer.start(Map.of("synchronous_standby_names", "absent"));
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    @BeforeEach
    void connect() throws SQLException {
        connection = postgres.database(PostgresServer.USER).getConnection();
        statement = connection.createStatement();
        statement.execute("set synchronous_commit = local");
        statement.execute("create table if not exists item (id integer)");
    }

    @AfterEach
    void disconnect() throws SQLException {
        connection.close();
    }

    @Test
    void a_commit_whose_wait_for_a_standby_was_cancelled_is_uncertain() throws Exception {
        statement.execute("set synchronous_commit = on");
        FutureTask<Boolean> insert =
                new FutureTask<>((Callable<Boolean>) () -> statement.execute("insert into item values (1)"));
        Thread.ofVirtual().start(insert);
        try (Connection other = postgres.database(PostgresServer.USER).getConnection();
                Statement cancel = other.createStatement()) {
            await().until(() -> {
                try (ResultSet row = cancel.executeQuery(
                        "select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'")) {
                    return row.next();
                }
            });
        }
        assertThat(insert.get(PatientAwaits.BOUND.toSeconds(), TimeUnit.SECONDS))
                .isFalse();
        assertThatThrownBy(() -> WriterConnection.requireCertain(statement))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("uncertain commit: canceling wait for synchronous replication");
    }

    @Test
    void a_commit_with_another_warning_is_certain() throws SQLException {
        statement.execute("""
            create or replace function warn() returns trigger language plpgsql as
            $$begin raise warning 'must be vacuumed'; raise notice 'soon'; return new; end$$
            """);
        statement.execute("create or replace trigger warns before insert on item for each row execute function warn()");
        statement.execute("insert into item values (2)");
        assertThat((Throwable) statement.getWarnings()).hasMessage("must be vacuumed");
        assertThat((Throwable) statement.getWarnings().getNextWarning()).hasMessage("soon");
        WriterConnection.requireCertain(statement);
    }
}
