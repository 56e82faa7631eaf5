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
    void a_message_is_taken_once_however_often_it_comes() throws SQLException {
        assertThat(receive(inbox, "m-1")).isTrue();
        assertThat(receive(inbox, "m-1")).isFalse();
        assertThat(receive(inbox, "m-2")).isTrue();
        assertThat(effects()).isEqualTo("2");
    }

    @Test
    void each_consumer_takes_it_once() throws SQLException {
        assertThat(receive(inbox.consumer("mail"), "m-1")).isTrue();
        assertThat(receive(inbox.consumer("points"), "m-1")).isTrue();
        assertThat(receive(inbox.consumer("mail"), "m-1")).isFalse();
    }

    @Test
    void an_id_that_no_database_keeps_is_refused() {
        for (String id : List.of("q\0", "q\ud83d")) {
            assertThatThrownBy(() -> receive(inbox, id))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("the message's id has a NUL, or half of a character");
        }
    }

    @Test
    void an_id_of_another_source_is_another_message() throws SQLException {
        Inbox points = inbox.consumer("points");
        assertThat(receive(points.from("orders"), "4711")).isTrue();
        assertThat(receive(points.from("payments"), "4711")).isTrue();
        assertThat(receive(points, "4711")).isTrue();
        assertThat(receive(points.from("orders"), "4711")).isFalse();
        assertThatThrownBy(() -> points.from("o".repeat(512))).hasMessageContaining("at most 512");
    }

    @Test
    void of_many_deliveries_at_once_one_runs_and_the_others_wait_for_its_end() throws Exception {
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
    void a_body_that_throws_has_not_taken_the_message_even_if_the_caller_commits() throws SQLException {
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
    void a_body_that_ends_the_transaction_is_refused_or_found_out() throws SQLException {
        assertEnds("m-1", Connection::commit);
        assertThat(effects()).isEqualTo("0");
        assertEnds("m-2", connection -> execute(connection, "rollback"));
        assertEnds("m-3", connection -> {
            execute(connection, "commit");
            throw new IllegalStateException("died halfway");
        });
        assertEnds("m-4", connection -> execute(connection, "commit; begin"));
    }

    private void assertEnds(String id, Inbox.Body body) throws SQLException {
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
    void a_body_that_goes_on_after_a_failed_statement_has_what_the_database_keeps() throws SQLException {
        TestDatabase.execute(database, "create unique index effect_once on effect (message)");
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            if (TestDatabase.isMariadb()) { // which takes back a failed statement alone, and goes on
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
    void a_transaction_that_is_rolled_back_has_not_taken_the_message() throws SQLException {
        try (Connection connection = database.getConnection()) {
            connection.setAutoCommit(false);
            inbox.once(connection, "m-1", same -> insert(same, "m-1"));
            connection.rollback();
        }
        assertThat(receive(inbox, "m-1")).isTrue();
    }

    @Test
    void old_ids_are_forgotten_and_young_ones_are_not() throws SQLException {
        insertOld(2500);
        receive(inbox, "young");

        assertThat(inbox.withRetention(Duration.ofDays(7)).purge(database)).isEqualTo(2500);
        assertThat(receive(inbox, "young")).isFalse();
    }

    @Test
    void what_would_not_be_safe_is_refused() throws SQLException {
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

    /** Takes the duplicate for harmless. */
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
