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
 * Gives committed events their positions. A number that is taken while an event is inserted says nothing about commits:
 * a slow transaction's events would appear behind a reader that has passed their numbers. So an event has no position
 * until it is committed and seen. Then one transaction at a time, which holds the head's row, gives the next positions
 * to what it sees. Whoever sees a position sees all before it.
 *
 * <p>Of one stream the order is that of the versions: the later event was inserted after the earlier one's commit, or
 * by the same transaction, and has the higher number.
 */
final class Positions {
    static final int MOST_AT_ONCE = 1000;

    private final EventStore store;

    private record Key(String stream, long version) {}

    Positions(EventStore store) {
        this.store = store;
    }

    /**
     * Gives the next positions, in a transaction of its own.
     *
     * @return whether there may be more events without a position
     */
    boolean give(Connection connection) throws SQLException {
        return OwnTransaction.on(connection, () -> {
            EventSql.readCommitted(connection);
            Optional<Long> head = head(connection, EventSql.HOLD_HEAD);
            if (head.isEmpty()) {
                requireHead(connection);
                return false; // another one is at it
            }
            // without locks, so that nobody waits for transactions that have not ended
            List<Key> unplaced = store.sql(connection)
                    .query(EventSql.UNPLACED, row -> new Key(row.getString(1), row.getLong(2)), MOST_AT_ONCE);
            place(store.sql(connection), unplaced, head.get());
            return unplaced.size() == MOST_AT_ONCE;
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
