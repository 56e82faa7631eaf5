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

/** Streams in a real database. */
class EventStoreTest {
    private static final int APPENDERS = 50;

    private final EventsFixture fixture;
    private final EventStore store;

    EventStoreTest() throws SQLException {
        fixture = new EventsFixture("event_store");
        store = fixture.store;
    }

    @Test
    void what_was_appended_is_loaded_in_its_order_and_in_pages() throws Exception {
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
    void a_refused_append_tells_both_versions_and_the_transaction_goes_on() throws Exception {
        fixture.append("note:1", 0, "a", "b");
        long end = fixture.within(connection -> {
            for (long wrong : List.of(0L, 1L, 3L)) {
                WrongVersion no = catchThrowableOfType(
                        WrongVersion.class, () -> store.append(connection, "note:1", wrong, EventsFixture.events("x")));
                assertThat(no).hasMessageContaining("ENT-081").hasMessageContaining("'note:1' is at version 2");
                assertThat(no.expected()).isEqualTo(wrong);
                assertThat(no.actual()).isEqualTo(2);
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
    void events_are_of_the_callers_transaction() throws Exception {
        try (Connection connection = fixture.database.getConnection()) {
            connection.setAutoCommit(false);
            store.append(connection, "note:1", 0, EventsFixture.events("a"));
            connection.rollback();
        }
        assertThat(fixture.load("note:1")).isEmpty();
        assertThat(fixture.append("note:1", 0, "b")).isEqualTo(1);
    }

    @Test
    void of_fifty_appends_to_one_version_exactly_one_is_there() throws Exception {
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
        List<String> winners = atOnce(appends);
        assertThat(winners).hasSize(1);
        assertThat(payloads("note:1")).isEqualTo(winners);
    }

    @Test
    void of_fifty_that_load_and_append_anew_each_is_there_once_and_no_version_is_missing() throws Exception {
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
        List<String> winners = atOnce(appends);
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
    void bad_input_is_refused_with_what_is_allowed() throws Exception {
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
    void missing_tables_are_told_with_their_definition() throws Exception {
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
    void an_append_that_fails_in_the_middle_leaves_nothing_behind() throws Exception {
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
            connection.commit(); // what a caller does that hides the failure
        }
        assertThat(payloads("note:1")).containsExactly("a", "a");
        long version = fixture.within(connection -> store.version(connection, "note:1"));
        assertThat(version).isEqualTo(1);
    }

    @Test
    void the_largest_append_is_taken_whole() throws Exception {
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

    private static List<String> atOnce(List<Callable<List<String>>> tasks) throws Exception {
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
