package dev.entente.eventstore;

import dev.entente.jdbc.OwnTransaction;
import dev.entente.jdbc.Sql;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Assigns positions to committed events. The numbers that inserts assign do not follow the order of commits: a slow
 * transaction's events could get numbers that a reader has already passed. Therefore an event has no position until its
 * commit. Then one transaction at a time, which holds the lock on the head's row, assigns the next positions to the
 * events that it sees. A reader of a position can read all earlier positions.
 *
 * <p>Within a stream the order of positions is the order of versions. A later event is inserted after the earlier
 * event's commit, or by the same transaction, and has the higher number.
 */
final class Positions {
    static final int MAX_AT_ONCE = 1000;

    private final EventStore store;

    private record Key(String stream, long version) {}

    Positions(EventStore store) {
        this.store = store;
    }

    /**
     * Assigns the next positions, in a separate transaction.
     *
     * @return whether there may be more events without a position
     */
    boolean give(Connection connection) throws SQLException {
        return OwnTransaction.on(connection, () -> {
            EventSql.readCommitted(connection);
            Optional<Long> head = head(connection, EventSql.HOLD_HEAD);
            if (head.isEmpty()) {
                requireHead(connection);
                return false; // another process assigns positions now
            }
            // without locks, so that this transaction never waits for open transactions
            List<Key> unplaced = store.sql(connection)
                    .query(EventSql.UNPLACED, row -> new Key(row.getString(1), row.getLong(2)), MAX_AT_ONCE);
            place(store.sql(connection), unplaced, head.get());
            return unplaced.size() == MAX_AT_ONCE;
        });
    }

    private void requireHead(Connection connection) throws SQLException {
        if (head(connection, EventSql.HEAD).isEmpty()) {
            throw EventsUnusable.headMissing(store.ddl());
        }
    }

    private Optional<Long> head(Connection connection, EventSql how) throws SQLException {
        return store.sql(connection).first(how, row -> row.getLong(1));
    }

    private static void place(Sql sql, List<Key> keys, long head) throws SQLException {
        if (keys.isEmpty()) {
            return;
        }
        List<List<@Nullable Object>> rows = new ArrayList<>();
        long position = head;
        for (Key key : keys) {
            rows.add(List.of(++position, key.stream(), key.version()));
        }
        sql.updateEach(EventSql.PLACE, rows);
        sql.update(EventSql.MOVE_HEAD, position);
    }
}
