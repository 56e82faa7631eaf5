package dev.entente.outbox;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How a relay makes messages its own: it locks their rows, and holds them until it knows what became of them.
 *
 * <p>Why a lock and no lease in a column: it costs one write per message instead of two; the messages of a relay that
 * was killed are free at once, and those of one that is merely slow are not given to another; and no clock is involved.
 * The price is a transaction that stays open while calls are under way, so a batch is bounded in time, and the database
 * ends one that stands idle for longer.
 *
 * <p>Of a key only the first row is locked: as long as it stands, nobody else takes any other of that key.
 */
final class ClaimStatements {
    /**
     * For this transaction. Without it a plan that was made while the table was all but empty reads it from end to end
     * for as long as the connection lives; and a bitmap of a key's whole queue is made to take one row of it.
     */
    private static final String SETTLE = "select set_config('enable_seqscan', 'off', true),"
        + " set_config('enable_bitmapscan', 'off', true), set_config('idle_in_transaction_session_timeout', ?, true);";

    private static final String COLUMNS = " o.id, o.position, o.ordering_key, o.kind, o.address, o.method, o.headers,"
            + " o.payload, o.attempts, o.enqueued_at ";

    /** "The first of its key" is asked as a value and not as "not exists", which may be planned as a join of all. */
    static final String FIRST = "select" + COLUMNS + """
        from entente_outbox o
        where o.due_at <= now() and (o.ordering_key is null or o.id = (
          select e.id from entente_outbox e where e.ordering_key = o.ordering_key order by e.position limit 1))
        order by o.due_at, o.position limit ? for update of o skip locked
        """;

    static final String FOLLOWERS = "select" + COLUMNS + """
        from unnest(?::text[], ?::bigint[]) as key (name, first) cross join lateral (
          select n.id, n.position, n.ordering_key, n.kind, n.address, n.method, n.headers, n.payload, n.attempts, n.enqueued_at
          from entente_outbox n where n.ordering_key = key.name and n.position > key.first
          order by n.position limit ?) o
        order by o.position limit ?
        """;

    private ClaimStatements() {}

    /** Sets up the transaction, and locks up to {@code limit} messages that are due and first of their keys. */
    static List<Claimed> first(Connection connection, int limit, Duration longestBatch) throws SQLException {
        try (PreparedStatement claim = connection.prepareStatement(SETTLE + FIRST)) {
            claim.setString(1, longestBatch.toMillis() + "ms");
            claim.setInt(2, limit);
            claim.execute();
            claim.getMoreResults();
            return read(claim.getResultSet());
        }
    }

    /** Reads those right behind the claimed ones of their keys, {@code limit} in all, about as many of each. */
    static List<Claimed> followers(Connection connection, List<Claimed> first, int limit) throws SQLException {
        List<Claimed> keyed =
                first.stream().filter(message -> message.key() != null).toList();
        if (keyed.isEmpty() || limit <= 0) {
            return List.of();
        }
        Object[] keys = keyed.stream().map(Claimed::key).toArray();
        Object[] positions = keyed.stream().map(Claimed::position).toArray();
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
            OffsetDateTime enqueued = Objects.requireNonNull(rows.getObject("enqueued_at", OffsetDateTime.class));
            claimed.add(new Claimed(
                    Objects.requireNonNull(rows.getString("id")),
                    rows.getLong("position"),
                    rows.getString("ordering_key"),
                    Kind.of(Objects.requireNonNull(rows.getString("kind"))),
                    Objects.requireNonNull(rows.getString("address")),
                    Objects.requireNonNull(rows.getString("method")),
                    headers(Objects.requireNonNull(rows.getArray("headers"))),
                    Objects.requireNonNull(rows.getBytes("payload")),
                    rows.getInt("attempts"),
                    enqueued.toInstant()));
        }
        return claimed;
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
