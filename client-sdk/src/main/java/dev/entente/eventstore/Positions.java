package dev.entente.eventstore;

import dev.entente.jdbc.OwnTransaction;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

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

    private final EventSql sql;

    private record Key(String stream, long version) {}

    Positions(EventSql sql) {
        this.sql = sql;
    }

    /**
     * Gives the next positions, in a transaction of its own.
     *
     * @return whether there may be more events without a position
     */
    boolean give(Connection connection) throws SQLException {
        return OwnTransaction.on(connection, () -> {
            EventSql.readCommitted(connection);
            List<Long> head = head(connection, EventSql.HOLD_HEAD);
            if (head.isEmpty()) {
                requireHead(connection);
                return false; // another one is at it
            }
            List<Key> unplaced = unplaced(connection);
            place(connection, unplaced, head.get(0));
            return unplaced.size() == MOST_AT_ONCE;
        });
    }

    private void requireHead(Connection connection) throws SQLException {
        if (head(connection, EventSql.HEAD).isEmpty()) {
            throw EventsUnusable.headMissing(sql.dialect().ddl(EventStore.class, "entente_event"));
        }
    }

    private static List<Long> head(Connection connection, String how) throws SQLException {
        try (Statement select = connection.createStatement();
                ResultSet row = select.executeQuery(how)) {
            return row.next() ? List.of(row.getLong(1)) : List.of();
        }
    }

    /** Reads without locks, so that nobody waits for transactions that have not ended. */
    private static List<Key> unplaced(Connection connection) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(EventSql.UNPLACED)) {
            select.setInt(1, MOST_AT_ONCE);
            try (ResultSet rows = select.executeQuery()) {
                List<Key> keys = new ArrayList<>();
                while (rows.next()) {
                    keys.add(new Key(rows.getString(1), rows.getLong(2)));
                }
                return keys;
            }
        }
    }

    private static void place(Connection connection, List<Key> keys, long head) throws SQLException {
        if (keys.isEmpty()) {
            return;
        }
        try (PreparedStatement place = connection.prepareStatement(EventSql.PLACE);
                PreparedStatement move = connection.prepareStatement(EventSql.MOVE_HEAD)) {
            long position = head;
            for (Key key : keys) {
                place.setLong(1, ++position);
                place.setString(2, key.stream());
                place.setLong(3, key.version());
                place.addBatch();
            }
            place.executeBatch();
            move.setLong(1, position);
            move.executeUpdate();
        }
    }
}
