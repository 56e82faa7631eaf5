package dev.entente.outbox;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How a relay makes messages its own: it writes its number into their rows.
 *
 * <p>Of a key only the first row is named: as long as it stands, nobody else takes any other of that key. Nothing here
 * waits for another transaction: rows that somebody has locked are passed over.
 */
final class ClaimStatements {
    private static final String COLUMNS = " o.id, o.position, o.ordering_key, o.kind, o.address, o.method,"
            + " o.destination, o.headers, o.payload, o.attempts, o.enqueued_at,"
            + " coalesce(extract(epoch from now() - o.first_tried_at), 0) as tried_for ";

    /**
     * From destination to destination by one look at the index each, so that a long queue for one that takes nothing is
     * not read. "The first of its key" is asked as a value and not as "not exists", which may be planned as a join of
     * all.
     */
    static final String DUE = """
        with recursive place (destination) as (
          (select destination from entente_outbox where due_at is not null order by destination limit 1)
          union all
          select (select o.destination from entente_outbox o where o.due_at is not null and o.destination > p.destination
            order by o.destination limit 1)
          from place p where p.destination is not null)
        select due.* from place p cross join lateral (
          select c.id, c.destination, c.ordering_key, octet_length(c.payload) as payload_bytes,
            (c.ordering_key is null or c.id = (
              select e.id from entente_outbox e where e.ordering_key = c.ordering_key order by e.position limit 1)) as is_first
          from entente_outbox c
          where c.destination = p.destination and c.due_at <= now() and c.relay is null
          order by c.due_at, c.position
          limit coalesce((select r.room from unnest(?::text[], ?::integer[]) r (name, room) where r.name = p.destination), ?)
          for no key update of c skip locked) due
        where p.destination is not null
        """;

    static final String TAKE = "update entente_outbox o set relay = ? where o.id = any (?) returning" + COLUMNS;

    static final String FOLLOWERS = "select" + COLUMNS + """
        from unnest(?::text[], ?::bigint[]) as key (name, first) cross join lateral (
          select n.* from entente_outbox n where n.ordering_key = key.name and n.position > key.first
          order by n.position limit ?) o
        order by o.position limit ?
        """;

    private ClaimStatements() {}

    /**
     * A row that is due, and locked.
     *
     * @param isFirst whether it is its turn within its key
     */
    record Due(String id, String destination, String key, long payloadBytes, boolean isFirst) {}

    /**
     * Locks what is due, for each destination as many as there is room for.
     *
     * @param rooms of destinations that have another room than {@code roomElsewhere}
     */
    static List<Due> due(Connection connection, Map<String, Integer> rooms, int roomElsewhere) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(DUE)) {
            List<Map.Entry<String, Integer>> entries = List.copyOf(rooms.entrySet());
            Object[] names = entries.stream().map(Map.Entry::getKey).toArray();
            Object[] counts = entries.stream().map(Map.Entry::getValue).toArray();
            select.setArray(1, connection.createArrayOf("text", names));
            select.setArray(2, connection.createArrayOf("integer", counts));
            select.setInt(3, roomElsewhere);
            try (ResultSet rows = select.executeQuery()) {
                List<Due> due = new ArrayList<>();
                while (rows.next()) {
                    due.add(new Due(
                            Objects.requireNonNull(rows.getString("id")),
                            Objects.requireNonNull(rows.getString("destination")),
                            Objects.requireNonNullElse(rows.getString("ordering_key"), ""),
                            rows.getLong("payload_bytes"),
                            rows.getBoolean("is_first")));
                }
                return due;
            }
        }
    }

    /** Names the relay in rows that {@link #due} has locked, and reads them. */
    static List<Claimed> take(Connection connection, long relay, Collection<String> ids) throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(TAKE)) {
            update.setLong(1, relay);
            update.setArray(2, connection.createArrayOf("text", ids.toArray()));
            try (ResultSet rows = update.executeQuery()) {
                return read(rows);
            }
        }
    }

    /** Reads those right behind the claimed ones of their keys, {@code limit} in all, about as many of each. */
    static List<Claimed> followers(Connection connection, List<Claimed> first, int limit) throws SQLException {
        List<Claimed> keyed =
                first.stream().filter(claimed -> claimed.key() != null).toList();
        if (keyed.isEmpty() || limit <= 0) {
            return List.of();
        }
        Object[] keys = keyed.stream().map(Claimed::key).toArray();
        Object[] positions =
                keyed.stream().map(claimed -> claimed.message().position()).toArray();
        try (PreparedStatement select = connection.prepareStatement(FOLLOWERS)) {
            select.setArray(1, connection.createArrayOf("text", keys));
            select.setArray(2, connection.createArrayOf("bigint", positions));
            select.setInt(3, Math.max(1, limit / keyed.size()));
            select.setInt(4, limit);
            try (ResultSet rows = select.executeQuery()) {
                return read(rows);
            }
        }
    }

    private static List<Claimed> read(ResultSet rows) throws SQLException {
        List<Claimed> claimed = new ArrayList<>();
        while (rows.next()) {
            Duration triedFor = Duration.ofMillis(Math.max(0, (long) (rows.getDouble("tried_for") * 1000)));
            claimed.add(new Claimed(message(rows), Objects.requireNonNull(rows.getString("destination")), triedFor));
        }
        return claimed;
    }

    private static OutgoingMessage message(ResultSet row) throws SQLException {
        OffsetDateTime enqueued = Objects.requireNonNull(row.getObject("enqueued_at", OffsetDateTime.class));
        return new OutgoingMessage(
                Objects.requireNonNull(row.getString("id")),
                row.getLong("position"),
                row.getString("ordering_key"),
                Objects.requireNonNull(row.getString("kind")),
                Objects.requireNonNull(row.getString("address")),
                Objects.requireNonNull(row.getString("method")),
                headers(Objects.requireNonNull(row.getArray("headers"))),
                Objects.requireNonNull(row.getBytes("payload")),
                row.getInt("attempts"),
                enqueued.toInstant());
    }

    private static Map<String, String> headers(Array flat) throws SQLException {
        String[] words = (String[]) flat.getArray();
        Map<String, String> headers = new HashMap<>();
        for (int i = 0; i + 1 < words.length; i += 2) {
            headers.put(words[i], words[i + 1]);
        }
        return headers;
    }
}
