package dev.entente.eventstore;

import com.google.protobuf.ByteString;
import dev.entente.participant.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import javax.sql.DataSource;

/** An event store in its own schema. */
final class EventsFixture {
    final DataSource database;
    final EventStore store = store();

    EventsFixture(String schema) throws SQLException {
        database = TestDatabase.schema(schema);
        store.createTables(database);
        store.createTables(database);
    }

    static EventStore store() {
        return TestDatabase.isMariadb() ? EventStore.mariadb() : EventStore.postgres();
    }

    /**
     * Statements of one transaction.
     *
     * @param <T> the type of the result
     */
    interface Work<T> {
        T run(Connection connection) throws SQLException;
    }

    <T> T within(Work<T> work) throws SQLException {
        try (Connection connection = database.getConnection()) {
            return within(connection, work);
        }
    }

    /** Runs the work on a connection that stays usable after a failure. */
    static <T> T within(Connection connection, Work<T> work) throws SQLException {
        connection.setAutoCommit(false);
        try {
            T result = work.run(connection);
            connection.commit();
            return result;
        } catch (SQLException | RuntimeException failure) {
            connection.rollback();
            throw failure;
        }
    }

    long append(String stream, long expected, String... payloads) throws SQLException {
        return within(connection -> store.append(connection, stream, expected, events(payloads)));
    }

    List<StoredEvent> load(String stream) throws SQLException {
        return within(connection -> store.load(connection, stream, 0, EventStore.MAX_PAGE));
    }

    static List<NewEvent> events(String... payloads) {
        return Arrays.stream(payloads)
                .map(payload -> new NewEvent("noted", 1, ByteString.copyFromUtf8(payload)))
                .toList();
    }
}
