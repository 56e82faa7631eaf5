package dev.entente.eventstore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.entente.participant.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Tests readers that follow all events while transactions commit in another order than they begin. */
class PositionsTest {
    private static final int WRITERS = 6;
    private static final int EACH = 25;
    private static final int STREAMS = 5;

    private final EventsFixture fixture;
    private final EventStore store;

    PositionsTest() throws SQLException {
        fixture = new EventsFixture("positions");
        store = fixture.store;
    }

    @Test
    void events_of_a_late_commit_get_positions_after_the_events_already_read() throws Exception {
        try (Connection slow = fixture.database.getConnection()) {
            slow.setAutoCommit(false);
            store.append(slow, "order:slow", 0, EventsFixture.events("early number"));
            fixture.append("order:quick", 0, "late number");

            assertThat(read(0)).containsExactly("1 order:quick 1");
            slow.commit();
            assertThat(read(1)).containsExactly("2 order:slow 1");
        }
        assertThat(read(0)).containsExactly("1 order:quick 1", "2 order:slow 1");
    }

    @Test
    void a_rolled_back_append_leaves_no_gap_in_the_positions() throws Exception {
        fixture.append("order:1", 0, "a");
        try (Connection connection = fixture.database.getConnection()) {
            connection.setAutoCommit(false);
            store.append(connection, "order:2", 0, EventsFixture.events("b"));
            connection.rollback();
        }
        fixture.append("order:3", 0, "c");
        assertThat(read(0)).containsExactly("1 order:1 1", "2 order:3 1");
    }

    @Test
    void readers_see_each_event_of_concurrent_writers_once_in_stream_order() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(WRITERS + 2);
        long seed = Long.getLong("entente.test.seed", 7);
        try {
            List<Future<Integer>> writers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                Random random = new Random(seed + i);
                writers.add(threads.submit(() -> write(random)));
            }
            Callable<List<PlacedEvent>> follow = () -> follow(WRITERS * EACH * 3);
            List<Future<List<PlacedEvent>>> readers = List.of(threads.submit(follow), threads.submit(follow));
            for (Future<Integer> writer : writers) {
                assertThat(writer.get()).isEqualTo(EACH);
            }
            for (Future<List<PlacedEvent>> reader : readers) {
                assertComplete(reader.get(), seed);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static void assertComplete(List<PlacedEvent> events, long seed) {
        assertThat(events)
                .as("seed %d", seed)
                .extracting(PlacedEvent::position)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, events.size()).boxed().toList());
        Map<String, Long> versions = new HashMap<>();
        for (PlacedEvent placed : events) {
            long before = versions.getOrDefault(placed.event().stream(), 0L);
            assertThat(placed.event().version()).as("seed %d, %s", seed, placed).isEqualTo(before + 1);
            versions.put(placed.event().stream(), before + 1);
        }
    }

    /** Appends one event to a stream and two events to another stream in each transaction. */
    private int write(Random random) throws SQLException {
        int done = 0;
        try (Connection own = fixture.database.getConnection()) {
            while (done < EACH) {
                int first = random.nextInt(STREAMS);
                done += TestDatabase.untilKept(() -> {
                    try {
                        return EventsFixture.within(own, connection -> appendBoth(connection, first));
                    } catch (WrongVersion late) {
                        return 0; // the loop tries again
                    }
                });
            }
        }
        return done;
    }

    private int appendBoth(Connection connection, int first) throws SQLException {
        append(connection, "order:" + first, 1);
        append(connection, "order:" + (first + STREAMS), 2);
        return 1;
    }

    private void append(Connection connection, String stream, int count) throws SQLException {
        String[] payloads = count == 1 ? new String[] {"a"} : new String[] {"a", "b"};
        long unused =
                store.append(connection, stream, store.version(connection, stream), EventsFixture.events(payloads));
    }

    private List<PlacedEvent> follow(int wanted) throws SQLException {
        List<PlacedEvent> seen = new ArrayList<>();
        try (Connection own = fixture.database.getConnection()) {
            while (seen.size() < wanted) {
                boolean unused = store.placeCommitted(fixture.database);
                seen.addAll(EventsFixture.within(
                        own, connection -> store.after(connection, seen.size(), EventStore.MAX_PAGE)));
            }
        }
        return seen;
    }

    @Test
    void a_missing_head_row_is_reported() throws Exception {
        fixture.append("order:1", 0, "a");
        TestDatabase.execute(fixture.database, "delete from entente_event_head");
        assertThatThrownBy(() -> store.placeCommitted(fixture.database))
                .isInstanceOf(EventsUnusable.class)
                .hasMessageContaining("ENT-083")
                .hasMessageContaining("entente_event_head");
    }

    private List<String> read(long after) throws SQLException {
        boolean unused = store.placeCommitted(fixture.database);
        List<PlacedEvent> events = fixture.within(connection -> store.after(connection, after, EventStore.MAX_PAGE));
        return events.stream()
                .map(placed -> placed.position() + " " + placed.event().stream() + " "
                        + placed.event().version())
                .toList();
    }
}
