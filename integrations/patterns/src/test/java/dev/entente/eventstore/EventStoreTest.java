package dev.entente.eventstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import dev.entente.participant.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;

/** Tests streams in a real database. */
class EventStoreTest {
    private static final int APPENDERS = 50;

    private final EventsFixture fixture;
    private final EventStore store;

    EventStoreTest() throws SQLException {
        fixture = new EventsFixture("event_store");
        store = fixture.store;
    }

    @Test
    void appended_events_are_loaded_in_order_and_in_pages() throws Exception {
        assertThat(fixture.append("note:1", 0, "a", "b")).isEqualTo(2);
        assertThat(fixture.append("note:1", 2, "c")).isEqualTo(3);
        assertThat(fixture.append("note:2", 0, "z")).isEqualTo(1);
        assertThat(fixture.load("note:1"))
                .extracting(event -> event.version() + event.payload().toStringUtf8())
                .containsExactly("1a", "2b", "3c");
        List<StoredEvent> page = fixture.within(connection -> store.load(connection, "note:1", 1, 1));
        assertThat(page).extracting(StoredEvent::version).containsExactly(2L);
        long version = fixture.within(connection -> store.version(connection, "note:1"));
        assertThat(version).isEqualTo(3);
        assertThat(fixture.load("note:1").get(0).at())
                .isBeforeOrEqualTo(fixture.load("note:1").get(2).at());
    }

    @Test
    void a_refused_append_reports_both_versions_and_keeps_the_transaction_usable() throws Exception {
        fixture.append("note:1", 0, "a", "b");
        long end = fixture.within(connection -> {
            for (long wrong : List.of(0L, 1L, 3L)) {
                WrongVersion refusal = catchThrowableOfType(
                        WrongVersion.class, () -> store.append(connection, "note:1", wrong, EventsFixture.events("x")));
                assertThat(refusal).hasMessageContaining("ENT-081").hasMessageContaining("'note:1' is at version 2");
                assertThat(refusal.expected()).isEqualTo(wrong);
                assertThat(refusal.actual()).isEqualTo(2);
            }
            assertThatThrownBy(() -> store.append(connection, "note:9", 1, EventsFixture.events("x")))
                    .hasMessageContaining("is at version 0, not at the expected 1");
            return store.append(connection, "note:1", 2, EventsFixture.events("c"));
        });
        assertThat(end).isEqualTo(3);
        assertThat(fixture.load("note:1")).hasSize(3);
        assertThat(fixture.load("note:9")).isEmpty();
    }

    @Test
    void events_belong_to_the_callers_transaction() throws Exception {
        try (Connection connection = fixture.database.getConnection()) {
            connection.setAutoCommit(false);
            store.append(connection, "note:1", 0, EventsFixture.events("a"));
            connection.rollback();
        }
        assertThat(fixture.load("note:1")).isEmpty();
        assertThat(fixture.append("note:1", 0, "b")).isEqualTo(1);
    }

    @Test
    void fifty_concurrent_appends_at_one_version_store_one_event() throws Exception {
        List<Callable<List<String>>> appends = new ArrayList<>();
        for (int i = 0; i < APPENDERS; i++) {
            String payload = "p" + i;
            appends.add(() -> TestDatabase.untilKept(() -> {
                try {
                    fixture.append("note:1", 0, payload);
                    return List.of(payload);
                } catch (WrongVersion late) {
                    assertThat(late.actual()).isEqualTo(1);
                    return List.of();
                }
            }));
        }
        List<String> winners = runConcurrently(appends);
        assertThat(winners).hasSize(1);
        assertThat(payloads("note:1")).isEqualTo(winners);
    }

    @Test
    void fifty_concurrent_appends_with_retries_store_each_event_once_without_gaps() throws Exception {
        List<Callable<List<String>>> appends = new ArrayList<>();
        for (int i = 0; i < APPENDERS; i++) {
            String payload = "p" + i;
            appends.add(() -> {
                try (Connection connection = fixture.database.getConnection()) {
                    boolean isDone = false;
                    while (!isDone) {
                        isDone = isAppended(connection, payload);
                    }
                }
                return List.of(payload);
            });
        }
        List<String> winners = runConcurrently(appends);
        assertThat(payloads("note:1")).containsExactlyInAnyOrderElementsOf(winners);
        assertThat(fixture.load("note:1"))
                .extracting(StoredEvent::version)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, APPENDERS).boxed().toList());
    }

    private boolean isAppended(Connection own, String payload) throws SQLException {
        return TestDatabase.untilKept(() -> {
            try {
                EventsFixture.within(own, connection -> {
                    long version = store.version(connection, "note:1");
                    return store.append(connection, "note:1", version, EventsFixture.events(payload));
                });
                return true;
            } catch (WrongVersion late) {
                return false;
            }
        });
    }

    @Test
    void invalid_input_is_refused_with_the_permitted_values() throws Exception {
        assertThatThrownBy(() -> fixture.append("two words", 0, "a")).hasMessageContaining("printable");
        assertThatThrownBy(() -> fixture.append("note:1", -1, "a")).hasMessageContaining("0 or more");
        assertThatThrownBy(() -> fixture.append("note:1", 0)).hasMessageContaining("1 to 1000");
        assertThatThrownBy(
                        () -> new NewEvent("big", 1, ByteString.copyFrom(new byte[EventStore.MAX_PAYLOAD_BYTES + 1])))
                .hasMessageContaining("at most 262144");
        assertThatThrownBy(() -> new NewEvent("", 1, ByteString.EMPTY)).hasMessageContaining("printable");
        assertThatThrownBy(() -> fixture.within(connection -> store.load(connection, "note:1", 0, 201)))
                .hasMessageContaining("1 to 200");
        try (Connection connection = fixture.database.getConnection()) {
            assertThatThrownBy(() -> store.append(connection, "note:1", 0, EventsFixture.events("a")))
                    .hasMessageContaining("ENT-090");
        }
    }

    @Test
    void the_error_for_missing_tables_contains_their_definition() throws Exception {
        DataSource empty = TestDatabase.schema("event_store_empty");
        try (Connection connection = empty.getConnection()) {
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> store.append(connection, "note:1", 0, EventsFixture.events("a")))
                    .isInstanceOf(EventsUnusable.class)
                    .hasMessageContaining("ENT-083")
                    .hasMessageNotContaining("create table")
                    .cause()
                    .hasMessageContaining("create table");
            connection.rollback();
        }
    }

    @Test
    void an_append_that_fails_halfway_stores_no_event() throws Exception {
        fixture.append("note:1", 0, "a");
        TestDatabase.execute(
                fixture.database,
                "insert into entente_event"
                        + " (stream, version, type, type_version, payload, recorded_at)"
                        + " select stream, 3, type, type_version, payload, recorded_at from entente_event");
        try (Connection connection = fixture.database.getConnection()) {
            connection.setAutoCommit(false);
            assertThatThrownBy(() -> store.append(connection, "note:1", 1, EventsFixture.events("b", "c")))
                    .isInstanceOf(SQLException.class);
            connection.commit(); // a caller that hides the failure commits
        }
        assertThat(payloads("note:1")).containsExactly("a", "a");
        long version = fixture.within(connection -> store.version(connection, "note:1"));
        assertThat(version).isEqualTo(1);
    }

    @Test
    void an_append_of_maximum_size_is_stored_completely() throws Exception {
        String[] payloads = IntStream.range(0, EventStore.MAX_EVENTS_AT_ONCE)
                .mapToObj(Integer::toString)
                .toArray(String[]::new);
        assertThat(fixture.append("note:1", 0, payloads)).isEqualTo(EventStore.MAX_EVENTS_AT_ONCE);
        assertThat(TestDatabase.text(fixture.database, "select count(*) from entente_event"))
                .isEqualTo("1000");
    }

    private List<String> payloads(String stream) throws SQLException {
        return fixture.load(stream).stream()
                .map(event -> event.payload().toStringUtf8())
                .toList();
    }

    private static List<String> runConcurrently(List<Callable<List<String>>> tasks) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(APPENDERS);
        try {
            List<String> done = new ArrayList<>();
            for (Future<List<String>> each : threads.invokeAll(tasks)) {
                done.addAll(each.get());
            }
            return done;
        } finally {
            threads.shutdownNow();
        }
    }
}
