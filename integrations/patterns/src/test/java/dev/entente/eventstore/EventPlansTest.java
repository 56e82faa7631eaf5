package dev.entente.eventstore;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.entente.jdbc.Dialect;
import dev.entente.participant.TestDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The plans of the event store's statements: none scans all events of a long backlog or a long history. */
class EventPlansTest {
    private static final int STREAMS = 12;

    private final EventsFixture fixture;

    EventPlansTest() throws SQLException {
        fixture = new EventsFixture("event_plans");
    }

    @Test
    void reads_and_position_updates_use_an_index_and_no_sort() throws Exception {
        fill();
        for (String statement : List.of(
                with(EventSql.AFTER, "3000", "200"),
                with(EventSql.AFTER, "0", "200"),
                with(EventSql.UNPLACED, "1000"),
                with(EventSql.LOAD, "'note:3'", "500", "200"),
                with(EventSql.PLACE, "1000000", "'note:11'", "7"),
                with(EventSql.ADVANCE, "1", "'note:3'", "1000"),
                with(EventSql.SNAPSHOT, "'note:3'", "'note'", "1", "1000"))) {
            List<String> plan = plan(statement);
            assertThat(plan).as(statement).noneMatch(line -> line.matches(".*(Seq Scan|Sort|filesort).*"));
            if (TestDatabase.isMariadb()) {
                assertThat(plan).as(statement).noneMatch(line -> line.matches(".* entente_\\w+ (ALL|index) .*"));
            }
        }
    }

    /** Appends events: half of the events have positions, the other half wait for positions. */
    private void fill() throws SQLException {
        List<NewEvent> events =
                Collections.nCopies(EventStore.MAX_EVENTS_AT_ONCE, new NewEvent("noted", 1, ByteString.EMPTY));
        for (int i = 0; i < STREAMS; i++) {
            String stream = "note:" + i;
            fixture.within(connection -> fixture.store.append(connection, stream, 0, events));
        }
        for (int i = 0; i < STREAMS / 2; i++) {
            assertThat(fixture.store.placeCommitted(fixture.database)).isTrue();
        }
        for (String table : List.of("entente_event", "entente_event_stream", "entente_event_snapshot")) {
            TestDatabase.execute(fixture.database, TestDatabase.sql("analyze ", "analyze table ") + table);
        }
    }

    private static String with(EventSql sql, String... values) {
        String text = sql.on(TestDatabase.isMariadb() ? Dialect.MARIADB : Dialect.POSTGRES);
        for (String value : values) {
            text = text.replaceFirst("\\?", value);
        }
        return text;
    }

    /** Returns one line for each step of the plan. */
    private List<String> plan(String sql) throws SQLException {
        try (Connection connection = fixture.database.getConnection();
                Statement explain = connection.createStatement()) {
            if (!TestDatabase.isMariadb()) {
                // the planner rightly scans or sorts small tables; tables of services are larger
                explain.execute("set enable_seqscan = off; set enable_bitmapscan = off");
            }
            List<String> lines = new ArrayList<>();
            try (ResultSet rows = explain.executeQuery("explain " + sql)) {
                while (rows.next()) {
                    StringBuilder line = new StringBuilder(" ");
                    for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                        line.append(rows.getString(i)).append(' ');
                    }
                    lines.add(line.toString());
                }
            }
            return lines;
        }
    }
}
