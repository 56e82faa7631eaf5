package dev.entente.server.store.writer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.entente.backends.PatientAwaits;
import dev.entente.server.store.AcceptResult;
import dev.entente.server.store.Bucket;
import dev.entente.server.store.Database;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.OpenStore;
import dev.entente.server.store.Rows;
import dev.entente.server.store.TestDatabase;
import dev.entente.server.telemetry.Metrics;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A host has disappeared during a batch: its writer's session, simulated by a plain connection, still holds locks. */
class WriterSessionsTest {
    private final OpenStore vanishing = new OpenStore();
    private final Database database = vanishing.database;
    private final Incarnations vanished = vanishing.incarnation;
    private final OpenStore open = new OpenStore(database, "n2", Metrics.none());
    private final Incarnations successor = open.incarnation;
    private final PostgresTransactionStore store = open.store;
    private Connection deadSession;

    @BeforeEach
    void open() throws SQLException {
        answer(vanishing.store.accept(Rows.running("held")));
        deadSession = session(vanished.incarnation());
    }

    @AfterEach
    void close() throws SQLException {
        deadSession.close();
        open.close();
        vanishing.close();
    }

    private Connection session(long incarnation) throws SQLException {
        DatabaseSettings given = database.settings();
        Connection session = DriverManager.getConnection(given.jdbcUrl(), given.user(), given.password());
        session.setAutoCommit(false);
        session.setClientInfo("ApplicationName", WriterSessions.name(incarnation));
        session.commit();
        return session;
    }

    private void executeAsDead(String statement) throws SQLException {
        try (Statement open = deadSession.createStatement()) {
            open.execute(statement);
        }
    }

    private static <T> T answer(CompletableFuture<T> future) {
        return OpenStore.await(future);
    }

    private long beat() {
        return TestDatabase.number(
                database, "select beat from coordinator where incarnation = " + vanished.incarnation());
    }

    private long sessions(long incarnation) {
        return TestDatabase.number(
                database,
                "select count(*) from pg_stat_activity where application_name = '" + WriterSessions.name(incarnation)
                        + "'");
    }

    @Test
    void the_session_of_a_writer_has_the_name_of_its_incarnation() {
        answer(store.accept(Rows.running("mine")));
        assertThat(sessions(successor.incarnation())).isEqualTo(1);
    }

    @Test
    void a_row_locked_by_a_dead_coordinator_is_taken_over() throws SQLException {
        executeAsDead("select 1 from open_transaction where gid = 'held' for update");
        assertThat(answer(successor.declareDead(vanished.incarnation(), beat())))
                .isTrue();
        assertThat(answer(store.adopt(vanished.incarnation(), "", 10, Long.MAX_VALUE)))
                .hasSize(1);
    }

    @Test
    void a_takeover_ends_the_session_of_a_dead_coordinator() throws SQLException {
        executeAsDead("select 1 from open_transaction where gid = 'held' for update");
        TestDatabase.execute(
                database, "update coordinator set dead_at = now() where incarnation = " + vanished.incarnation());
        assertThat(answer(store.adopt(vanished.incarnation(), "", 10, Long.MAX_VALUE)))
                .hasSize(1);
    }

    @Test
    void a_gid_being_inserted_by_a_dead_coordinator_is_accepted_by_another() throws SQLException {
        executeAsDead("insert into open_transaction select (jsonb_populate_record(t, '{\"gid\":\"wanted\",\"bucket\":"
                + Bucket.of("wanted") + "}')).* from open_transaction t where gid = 'held'");
        CompletableFuture<AcceptResult> accepted = store.accept(Rows.running("wanted"));
        await().until(() -> TestDatabase.number(
                        database,
                        "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and application_name = '"
                                + WriterSessions.name(successor.incarnation()) + "'")
                == 1);
        assertThat(answer(successor.declareDead(vanished.incarnation(), beat())))
                .isTrue();
        assertThat(accepted).succeedsWithin(PatientAwaits.BOUND).isEqualTo(new AcceptResult.Accepted());
    }

    @Test
    void sessions_of_live_writers_and_of_this_writer_are_not_ended() {
        answer(store.accept(Rows.running("mine")));
        assertThat(answer(successor.declareDead(vanished.incarnation(), beat() - 1)))
                .isFalse();
        assertThat(answer(store.adopt(vanished.incarnation(), "", 10, Long.MAX_VALUE)))
                .isEmpty();
        new WriterSessions(database.jdbi(), successor.incarnation()).end(successor.incarnation());
        assertThat(sessions(vanished.incarnation())).isEqualTo(2);
        assertThat(sessions(successor.incarnation())).isEqualTo(1);
    }
}
