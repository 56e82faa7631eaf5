package dev.entente.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.participant.TestDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class InboxTest {
    private final DataSource database = TestDatabase.schema("inbox");
    private final Inbox inbox = TestDatabase.isMariadb() ? Inbox.mariadb() : Inbox.postgres();
    private final ExecutorService threads = Executors.newFixedThreadPool(8);

    @BeforeEach
    void createTables() throws SQLException {
        inbox.createTable(database);
        TestDatabase.execute(database, "create table effect (message varchar(64))");
    }

    @AfterEach
    void stopThreads() {
        threads.shutdownNow();
    }

    @Test
    void a_repeated_message_is_taken_once() throws SQLException {
        assertThat(receive(inbox, "m-1")).isTrue();
        assertThat(receive(inbox, "m-1")).isFalse();
        assertThat(receive(inbox, "m-2")).isTrue();
        assertThat(effects()).isEqualTo("2");
    }

    @Test
    void each_consumer_takes_a_message_once() throws SQLException {
        assertThat(receive(inbox.consumer("mail"), "m-1")).isTrue();
        assertThat(receive(inbox.consumer("points"), "m-1")).isTrue();
        assertThat(receive(inbox.consumer("mail"), "m-1")).isFalse();
    }

    @Test
    void an_id_with_a_nul_or_half_a_character_is_refused() {
        for (String id : List.of("q\0", "q\ud83d")) {
            assertThatThrownBy(() -> receive(inbox, id))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("the message's id has a NUL, or half of a character");
        }
    }

    @Test
    void equal_ids_from_different_sources_are_different_messages() throws SQLException {
        Inbox points = inbox.consumer("points");
        assertThat(receive(points.from("orders"), "4711")).isTrue();
        assertThat(receive(points.from("payments"), "4711")).isTrue();
        assertThat(receive(points, "4711")).isTrue();
        assertThat(receive(points.from("orders"), "4711")).isFalse();
        assertThatThrownBy(() -> points.from("o".repeat(512))).hasMessageContaining("at most 512");
    }

    @Test
    void concurrent_deliveries_of_a_message_run_the_body_once() throws Exception {
        List<Callable<Boolean>> deliveries = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            String id = "m-" + i % 20;
            deliveries.add(() -> TestDatabase.untilKept(() -> receive(inbox, id)));
        }
        int ran = 0;
        for (Future<Boolean> delivery : threads.invokeAll(deliveries)) {
            ran += delivery.get() ? 1 : 0;
        }
        assertThat(ran).isEqualTo(20);
        assertThat(effects()).isEqualTo("20");
    }

    @Test
    void a_failed_body_leaves_the_message_untaken_even_if_the_caller_commits() throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> inbox.once(connection, "m-1", same -> {
                        insert(same, "m-1");
                        throw new IllegalStateException("a defect");
                    }))
                    .hasMessage("a defect");
            insert(connection, "something else");
            connection.commit();
        }
        assertThat(effects()).isEqualTo("1");
        assertThat(receive(inbox, "m-1")).isTrue();
    }

    @Test
    void a_body_that_commits_or_rolls_back_the_transaction_is_refused() throws SQLException {
        assertRefused("m-1", Connection::commit);
        assertThat(effects()).isEqualTo("0");
        assertRefused("m-2", connection -> execute(connection, "rollback"));
        assertRefused("m-3", connection -> {
            execute(connection, "commit");
            throw new IllegalStateException("died halfway");
        });
        assertRefused("m-4", connection -> execute(connection, "commit; begin"));
    }

    private void assertRefused(String id, Inbox.Body body) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> inbox.once(connection, id, body))
                    .isInstanceOf(OutboxUnusable.class)
                    .hasMessageContaining("ENT-097");
            connection.rollback();
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (String each : sql.split("; ", -1)) {
                statement.execute(each);
            }
        }
    }

    @Test
    void a_failed_statement_aborts_the_body_on_postgresql_only() throws SQLException {
        TestDatabase.execute(database, "create unique index effect_once on effect (message)");
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            if (TestDatabase.isMariadb()) { // rolls back the failed statement only
                assertThat(inbox.once(connection, "m-1", InboxTest::insertTwice))
                        .isTrue();
            } else {
                assertThatThrownBy(() -> inbox.once(connection, "m-1", InboxTest::insertTwice))
                        .isInstanceOf(SQLException.class)
                        .hasMessageContaining("savepoint");
                insert(connection, "something else");
            }
            connection.commit();
        }
        assertThat(effects()).isEqualTo("1");
        assertThat(receive(inbox, "m-1")).isNotEqualTo(TestDatabase.isMariadb());
    }

    @Test
    void a_rolled_back_transaction_leaves_the_message_untaken() throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            inbox.once(connection, "m-1", same -> insert(same, "m-1"));
            connection.rollback();
        }
        assertThat(receive(inbox, "m-1")).isTrue();
    }

    @Test
    void a_purge_removes_only_ids_older_than_the_retention() throws SQLException {
        insertOld(2500);
        receive(inbox, "young");

        assertThat(inbox.withRetention(Duration.ofDays(7)).purge(database)).isEqualTo(2500);
        assertThat(receive(inbox, "young")).isFalse();
    }

    @Test
    void unsafe_uses_of_the_inbox_are_refused() throws SQLException {
        try (Connection connection = database.getConnection()) {
            assertThatThrownBy(() -> inbox.once(connection, "m-1", same -> {}))
                    .isInstanceOf(OutboxUnusable.class)
                    .hasMessageStartingWith("ENT-090");
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> inbox.once(connection, "", same -> {})).hasMessageContaining("no id");
            TestDatabase.execute(database, "drop table entente_inbox");
            assertThatThrownBy(() -> inbox.once(connection, "m-1", same -> {}))
                    .hasMessageStartingWith("ENT-094: misconfigured")
                    .hasMessageNotContaining("create table")
                    .rootCause()
                    .hasMessageContaining("create table if not exists entente_inbox");
        }
        assertThatThrownBy(() -> inbox.withRetention(Duration.ofHours(1))).hasMessageContaining("at least 7 days");
    }

    private void insertOld(int ids) throws SQLException {
        String old = TestDatabase.sql("now() - interval '8 days'", "utc_timestamp() - interval 8 day");
        try (Connection connection = database.getConnection();
                PreparedStatement insert =
                        connection.prepareStatement("insert into entente_inbox values ('', ?, " + old + ")")) {
            for (int i = 0; i < ids; i++) {
                insert.setString(1, "old-" + i);
                insert.addBatch();
            }
            insert.executeBatch();
        }
    }

    private boolean receive(Inbox by, String id) throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            boolean ran = by.once(connection, id, same -> insert(same, id));
            connection.commit();
            return ran;
        }
    }

    /** Ignores the error of the duplicate row. */
    private static void insertTwice(Connection connection) throws SQLException {
        insert(connection, "m-1");
        try {
            insert(connection, "m-1");
            throw new AssertionError("a duplicate passed");
        } catch (SQLException duplicate) {
            return;
        }
    }

    private static void insert(Connection connection, String message) throws SQLException {
        try (Statement insert = connection.createStatement()) {
            insert.execute("insert into effect values ('" + message + "')");
        }
    }

    private String effects() throws SQLException {
        return TestDatabase.text(database, "select count(*) from effect");
    }
}
