package dev.entente.eventstore;

import com.google.protobuf.ByteString;
import dev.entente.jdbc.BorrowedConnection;
import dev.entente.jdbc.Ddl;
import dev.entente.jdbc.Dialect;
import dev.entente.jdbc.OwnTransaction;
import dev.entente.jdbc.SavepointBody;
import dev.entente.jdbc.Sql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Stores events in streams, one per business object: the tables {@code entente_event_stream} and {@code entente_event}.
 * A stored event never changes. All events of all streams have one order, which {@link Projection}s follow.
 *
 * <pre>{@code
 * long version = store.append(connection, "user:4711", 0, List.of(new NewEvent("user-created", 1, payload)));
 * connection.commit();
 * }</pre>
 *
 * <p>An append states the stream's expected version, so that one of two concurrent appends is refused. The append is
 * part of the caller's transaction. Above READ COMMITTED, PostgreSQL may roll this transaction back (40001) instead of
 * the refusal. Immutable and thread-safe.
 */
public final class EventStore {
    static final int MAX_PAYLOAD_BYTES = 256 << 10;
    static final int MAX_EVENTS_AT_ONCE = 1000;
    /** The limit of events in memory while a stream is read. */
    static final int MAX_PAGE = 200;

    private static final int TRIES = 10;
    private static final String SAVEPOINT = "entente_event";

    private final Dialect dialect;

    private EventStore(Dialect dialect) {
        this.dialect = dialect;
    }

    /** Returns a store for PostgreSQL. */
    public static EventStore postgres() {
        return new EventStore(Dialect.POSTGRES);
    }

    /** Returns a store for MariaDB 10.6 or newer, with InnoDB. MySQL 8 is not tested. */
    public static EventStore mariadb() {
        return new EventStore(Dialect.MARIADB);
    }

    Sql sql(Connection connection) {
        return new Sql(connection, dialect);
    }

    /** Returns the statements that create the tables, for your migrations. */
    public String ddl() {
        return dialect.ddl(EventStore.class, "entente_event");
    }

    /** Creates the tables if they do not exist. Several processes may call this concurrently. Blocks. */
    public void createTables(DataSource dataSource) throws SQLException {
        Ddl.run(dataSource, ddl());
    }

    /**
     * Appends events to a stream, in the connection's open transaction. Waits until the transaction of another append
     * to this stream ends.
     *
     * @param stream 1 to 255 printable characters of ASCII
     * @param expectedVersion of the stream's last event; 0 if there is none
     * @param events 1 to 1000, each with a payload of at most 256 KiB
     * @return the version of the last one
     * @throws WrongVersion if the stream is at another version (ENT-081); nothing was changed
     * @throws EventsUnusable if the connection is in autocommit mode (ENT-090), or a table is missing (ENT-083)
     */
    public long append(Connection connection, String stream, long expectedVersion, List<NewEvent> events)
            throws SQLException {
        StreamNames.requirePrintable("a stream", stream);
        if (events.isEmpty() || events.size() > MAX_EVENTS_AT_ONCE) {
            throw new IllegalArgumentException(
                    "an append takes 1 to " + MAX_EVENTS_AT_ONCE + " events, not " + events.size());
        }
        if (expectedVersion < 0) {
            throw new IllegalArgumentException("the version of a stream is 0 or more, not " + expectedVersion);
        }
        if (connection.getAutoCommit()) {
            throw EventsUnusable.autoCommit();
        }
        return explained(() -> {
            atomically(connection, same -> {
                advance(same, stream, expectedVersion, events.size());
                insert(same, stream, expectedVersion, events);
            });
            return expectedVersion + events.size();
        });
    }

    /** Runs statements. Throws {@link EventsUnusable} for a failure that missing tables explain. */
    <T> T explained(OwnTransaction.Work<T> work) throws SQLException {
        try {
            return work.run();
        } catch (SQLException failure) {
            throw EventsUnusable.translate(failure, ddl());
        }
    }

    /** Runs work as {@link #explained}, on a borrowed connection. */
    <T> T borrowed(DataSource dataSource, ConnectionWork<T> work) throws SQLException {
        return explained(() -> {
            try (BorrowedConnection borrowed = BorrowedConnection.from(dataSource, BorrowedConnection.LONGEST_ANSWER)) {
                return work.run(borrowed.connection());
            }
        });
    }

    /** The work on a borrowed connection. */
    interface ConnectionWork<T> {
        T run(Connection connection) throws SQLException;
    }

    /** Runs an append atomically. MariaDB needs a savepoint, because it rolls back only the failed statement. */
    private void atomically(Connection connection, SavepointBody.Body body) throws SQLException {
        if (dialect == Dialect.POSTGRES) {
            body.run(connection);
            return;
        }
        sql(connection).execute("savepoint " + SAVEPOINT);
        new SavepointBody(connection, SAVEPOINT, IllegalStateException::new, IllegalStateException::new).run(body);
    }

    /**
     * Advances a stream. Tries again if the stream reached the expected version meanwhile, or its creator rolled back.
     */
    private void advance(Connection connection, String stream, long expected, int count) throws SQLException {
        for (int tries = 1; !isAdvanced(connection, stream, expected, count); tries++) {
            long actual = version(connection, stream, EventSql.LATEST_VERSION);
            if (actual != expected || tries == TRIES) {
                throw new WrongVersion(stream, expected, actual);
            }
        }
    }

    private boolean isAdvanced(Connection connection, String stream, long expected, int count) throws SQLException {
        int changed = expected == 0
                ? sql(connection).update(EventSql.CREATE_STREAM, stream, count)
                : sql(connection).update(EventSql.ADVANCE, count, stream, expected);
        return changed == 1;
    }

    private void insert(Connection connection, String stream, long before, List<NewEvent> events) throws SQLException {
        List<List<@Nullable Object>> rows = new ArrayList<>();
        long version = before;
        for (NewEvent event : events) {
            byte[] payload = event.payload().toByteArray();
            rows.add(List.of(stream, ++version, event.type(), event.typeVersion(), payload));
        }
        sql(connection).updateEach(EventSql.INSERT, rows);
    }

    /** Returns the version of a stream's last event, as the transaction sees it; 0 if there is none. */
    public long version(Connection connection, String stream) throws SQLException {
        return explained(() -> version(connection, stream, EventSql.VERSION));
    }

    private long version(Connection connection, String stream, EventSql how) throws SQLException {
        return sql(connection).first(how, row -> row.getLong(1), stream).orElse(0L);
    }

    /**
     * Returns a page of a stream's events, in their order. A full page means that there may be more events.
     *
     * @param afterVersion the last version that the caller has; 0 for the beginning
     * @param limit 1 to 200
     */
    public List<StoredEvent> load(Connection connection, String stream, long afterVersion, int limit)
            throws SQLException {
        requirePage(limit);
        return explained(
                () -> sql(connection).query(EventSql.LOAD, row -> event(connection, row), stream, afterVersion, limit));
    }

    /**
     * Returns a page of all streams' events, in the order of their positions. An event gets its position after its
     * commit. A reader with a position has therefore read all earlier events, also those of transactions that committed
     * late.
     *
     * @param afterPosition the last position that the caller has; 0 for the beginning
     * @param limit 1 to 200
     */
    public List<PlacedEvent> after(Connection connection, long afterPosition, int limit) throws SQLException {
        requirePage(limit);
        Sql.Row<PlacedEvent> placed = row -> new PlacedEvent(row.getLong("position"), event(connection, row));
        return explained(() -> sql(connection).query(EventSql.AFTER, placed, afterPosition, limit));
    }

    /**
     * Assigns positions to up to 1000 committed events. Projections do this while they run. Waits neither for open
     * transactions nor for another process that assigns positions. Blocks.
     *
     * @return whether there may be more
     */
    public boolean placeCommitted(DataSource dataSource) throws SQLException {
        return borrowed(dataSource, new Positions(this)::give);
    }

    static void requirePage(int limit) {
        if (limit < 1 || limit > MAX_PAGE) {
            throw new IllegalArgumentException("a page takes 1 to " + MAX_PAGE + " events, not " + limit);
        }
    }

    /** Reads the first columns of {@link EventSql#LOAD} and {@link EventSql#AFTER}. */
    private StoredEvent event(Connection connection, ResultSet row) throws SQLException {
        return new StoredEvent(
                row.getString(1),
                row.getLong(2),
                row.getString(3),
                row.getInt(4),
                ByteString.copyFrom(row.getBytes(5)),
                sql(connection).knownTime(row, "recorded_at"));
    }
}
